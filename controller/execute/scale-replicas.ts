import { surgedByAnnotation } from '#contract/annotations.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { ScaleReplicas } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Channel } from './channel.ts';
import { refused } from './context.ts';
import { annotationRemoved, annotationSet, patchOutcome, sendPatch, type PatchOperation } from './json-patch.ts';
import { targetPath } from './paths.ts';

/** The API's default for both fields. */
const defaultReplicas = 1;

interface RawScaled extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly minReplicas?: number };
}

/**
 * Raises a number for a while, or puts it back: then `until` is absent, and a number that is not ours any more is
 * left alone. Says on the object which incident holds it, so that nobody has to guess.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when asking again may help.
 */
export async function scaleReplicas(
  action: ScaleReplicas,
  target: KubeObject | undefined,
  { incident, intendedAt }: { readonly incident: string; readonly intendedAt: number },
  channel: Channel,
): Promise<Outcome> {
  const { namespace, from, to } = action;
  const { kind, name, uid } = action.target;
  const restoring = action.until === undefined;
  const field = kind === 'HorizontalPodAutoscaler' ? 'minReplicas' : 'replicas';
  const what = `${kind} ${name}`;
  const done = `${what}: ${field} set from ${from} to ${to}.`;
  const live: RawScaled = target ?? {};
  if (live.metadata?.uid !== uid) return refused('target-changed', `${what} is not there any more.`);
  const holder = live.metadata.annotations?.[surgedByAnnotation];
  const current = live.spec?.[field] ?? defaultReplicas;
  // The number and the annotation are set in one patch: where both are there, an earlier try came through.
  if (current === to && holder === (restoring ? undefined : incident)) {
    return { result: 'done', sentAt: intendedAt, message: done };
  }
  const moved = restoring ? 'change-reverted' : 'target-changed';
  if (holder !== undefined && holder !== incident) {
    return refused(moved, `${what} is held by incident ${holder}.`);
  }
  if (current !== from) {
    const reverted = refused(moved, `${field} of ${what} is ${current}, not ${from}: someone has set it.`);
    if (!restoring || holder === undefined) return reverted;
    // The number is theirs; that the incident holds it would stay on the object for good.
    const sent = await sendPatch(channel, targetPath(namespace, action.target), [
      { op: 'test', path: '/metadata/uid', value: uid },
      annotationRemoved('/metadata', surgedByAnnotation),
    ]);
    return 'result' in sent ? sent : reverted;
  }
  const sent = await sendPatch(channel, targetPath(namespace, action.target), [
    { op: 'test', path: '/metadata/uid', value: uid },
    ...numberSet(live, field, from, to),
    ...(restoring
      ? holder === undefined
        ? []
        : [annotationRemoved('/metadata', surgedByAnnotation)]
      : annotationSet('/metadata', live.metadata, surgedByAnnotation, incident)),
  ]);
  const outcome = patchOutcome(sent, what, done);
  return outcome.result === 'refused' && outcome.reason === 'target-changed' ? { ...outcome, reason: moved } : outcome;
}

/**
 * A path that is absent can't be tested, and an absent map of annotations is set whole; there the object's version
 * takes the place of the test.
 */
function numberSet(
  { metadata, spec }: RawScaled,
  field: 'replicas' | 'minReplicas',
  from: number,
  to: number,
): readonly PatchOperation[] {
  const path = `/spec/${field}`;
  const present = spec?.[field] !== undefined;
  const version: PatchOperation = { op: 'test', path: '/metadata/resourceVersion', value: metadata?.resourceVersion };
  const test: PatchOperation = { op: 'test', path, value: from };
  return [
    ...(present && metadata?.annotations !== undefined ? [] : [version]),
    ...(present ? [test] : []),
    { op: present ? 'replace' : 'add', path, value: to },
  ];
}
