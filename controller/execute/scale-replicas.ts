import { surgedByAnnotation } from '#contract/annotations.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { ScaleReplicas } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Channel } from './channel.ts';
import { refused, type Refused } from './context.ts';
import { annotationRemoved, annotationSet, patchOutcome, sendPatch, type PatchOperation } from './json-patch.ts';
import { targetPath } from './paths.ts';

/** The API's default for both fields. */
const defaultReplicas = 1;

const released = annotationRemoved('/metadata', surgedByAnnotation);

interface RawScaled extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly minReplicas?: number };
}

/** What follows from the object as it is: a patch, or an outcome; `release` also takes our name off it. */
type Judged =
  { readonly operations: readonly PatchOperation[] } | { readonly outcome: Outcome; readonly release: boolean };

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
  const { kind, name, uid } = action.target;
  const path = targetPath(action.namespace, action.target);
  const same: PatchOperation = { op: 'test', path: '/metadata/uid', value: uid };
  const judged = judge(action, target, incident, intendedAt);
  if ('outcome' in judged) {
    const sent = judged.release ? await sendPatch(channel, path, [same, released]) : undefined;
    return sent && 'result' in sent ? sent : judged.outcome;
  }
  const sent = await sendPatch(channel, path, [same, ...judged.operations]);
  const outcome = patchOutcome(sent, `${kind} ${name}`, doneMessage(action));
  const changed = outcome.result === 'refused' && outcome.reason === 'target-changed';
  return changed ? { ...outcome, reason: movedReason(action) } : outcome;
}

function judge(action: ScaleReplicas, target: KubeObject | undefined, incident: string, intendedAt: number): Judged {
  const { from, to } = action;
  const { kind, name, uid } = action.target;
  const live: RawScaled = target ?? {};
  const restoring = action.until === undefined;
  const field = fieldOf(action);
  const refuse = (reason: Refused['reason'], message: string, release = false): Judged => ({
    outcome: refused(reason, message),
    release,
  });
  if (live.metadata?.uid !== uid) return refuse('target-changed', `${kind} ${name} is not there any more.`);
  const holder = live.metadata.annotations?.[surgedByAnnotation];
  const current = live.spec?.[field] ?? defaultReplicas;
  // The number and the annotation are set in one patch: where both are there, an earlier try came through.
  if (current === to && holder === (restoring ? undefined : incident)) {
    return { outcome: { result: 'done', sentAt: intendedAt, message: doneMessage(action) }, release: false };
  }
  if (holder !== undefined && holder !== incident) {
    return refuse(movedReason(action), `${kind} ${name} is held by incident ${holder}.`);
  }
  if (current !== from) {
    const message = `${field} of ${kind} ${name} is ${current}, not ${from}: someone has set it.`;
    // The number is theirs; that the incident holds it would stay on the object for good.
    return refuse(movedReason(action), message, restoring && holder !== undefined);
  }
  const number = numberSet(live, field, from, to);
  if (!restoring) {
    return { operations: [...number, ...annotationSet('/metadata', live.metadata, surgedByAnnotation, incident)] };
  }
  return { operations: holder === undefined ? number : [...number, released] };
}

function fieldOf({ target }: ScaleReplicas): 'replicas' | 'minReplicas' {
  return target.kind === 'HorizontalPodAutoscaler' ? 'minReplicas' : 'replicas';
}

function movedReason({ until }: ScaleReplicas): Refused['reason'] {
  return until === undefined ? 'change-reverted' : 'target-changed';
}

function doneMessage(action: ScaleReplicas): string {
  const { target, from, to } = action;
  return `${target.kind} ${target.name}: ${fieldOf(action)} set from ${from} to ${to}.`;
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
