import { excludedNamespaces, namespaceMode, pausedAnnotation } from '#contract/annotations.ts';
import type { Action } from '../model/action.ts';
import { makeActChannel, type Channel } from './channel.ts';
import { refused, type ActContext, type Refused } from './context.ts';
import { readLive, type Live, type Read } from './live.ts';

/** What an executor gets, and from nowhere else: what is there now, and the only way to send anything. */
export interface Cleared {
  readonly live: Live;
  readonly channel: Channel;
}

/**
 * Looks once more at everything that could speak against an act, past every cache: a watch that has gone silent
 * must not hide that a person has pulled the brake, or that the pod is another one by now.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when something could not be read; then nothing may be sent.
 */
export async function preflight(action: Action, context: ActContext): Promise<Cleared | Refused> {
  const live = await readLive(action, context);
  const refusal = holdOf(action, live, context) ?? ownerRefusal(live, context) ?? podRefusal(action, live, context);
  return refusal ?? { live, channel: makeActChannel(context) };
}

function holdOf(action: Action, live: Live, { release, undoing }: ActContext): Refused | undefined {
  const { namespace } = action;
  const excluded: readonly string[] = [...excludedNamespaces, release.namespace];
  const labels = live.namespace.object?.metadata?.labels;
  const mode = namespaceMode(labels);
  const mayAct = mode === 'enabled' || (mode === 'observe' && undoing === true);
  if (excluded.includes(namespace) || !mayAct) {
    return refused('paused', `Namespace ${namespace} does not let the autopilot act any more.`);
  }
  const holders: readonly (readonly [what: string, read: Read | undefined])[] = [
    ['the release’s namespace', live.releaseNamespace],
    ['the release’s Deployment', live.releaseDeployment],
    [`namespace ${namespace}`, live.namespace],
    ['the workload', live.owner],
    ['what would be changed', live.target],
    ['the pod', live.pod],
  ];
  const holder = holders.find(([, read]) => read?.object?.metadata?.annotations?.[pausedAnnotation] === 'true');
  return holder && refused('paused', `The annotation ${pausedAnnotation} on ${holder[0]} holds every action.`);
}

/** Nothing brings a pod back whose owner is gone or going. */
function ownerRefusal({ owner }: Live, { workload }: ActContext): Refused | undefined {
  if (owner === undefined) return undefined;
  const name = `${workload.kind} ${workload.name}`;
  if (owner.object?.metadata?.uid !== workload.uid) return refused('target-changed', `${name} is not there any more.`);
  if (owner.object.metadata.deletionTimestamp === undefined) return undefined;
  return refused('target-changed', `${name} is being deleted.`);
}

function podRefusal(action: Action, { pod }: Live, context: ActContext): Refused | undefined {
  if (!('podName' in action)) return undefined;
  const { podName, podUid } = action;
  const live = pod?.object;
  if (live?.metadata?.uid !== podUid) return refused('pod-changed', `Pod ${podName} is not there any more.`);
  if (live.metadata.deletionTimestamp !== undefined) {
    return refused('terminating', `Pod ${podName} is already being deleted.`);
  }
  return context.stillFailing(live) ? undefined : refused('pod-changed', `Pod ${podName} has recovered.`);
}
