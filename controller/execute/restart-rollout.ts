import { restartedAtAnnotation } from '#contract/annotations.ts';
import type { KubeObject, ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { RestartRollout } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Channel } from './channel.ts';
import { refused } from './context.ts';
import { annotationSet, patchOutcome, sendPatch } from './json-patch.ts';
import { targetPath } from './paths.ts';

/** The parts of a workload that are read, as they come over the wire. */
interface RawWorkload {
  readonly metadata?: ObjectMetadata & { readonly generation?: number };
  readonly spec?: {
    readonly paused?: boolean;
    readonly template?: { readonly metadata?: Pick<ObjectMetadata, 'annotations'> };
  };
}

/**
 * Stamps the pod template, so that the owner replaces every pod by its own rules. The stamp is the time of the
 * intent: a repetition finds it there and stamps no second time.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when asking again may help.
 */
export async function restartRollout(
  { namespace, workload, generation }: RestartRollout,
  target: KubeObject | undefined,
  intendedAt: number,
  channel: Channel,
): Promise<Outcome> {
  const what = `${workload.kind} ${workload.name}`;
  const live: RawWorkload = target ?? {};
  const stamp = new Date(intendedAt).toISOString();
  const template = live.spec?.template?.metadata;
  const done = `${what} is being rolled out anew.`;
  if (live.metadata?.uid !== workload.uid) return refused('target-changed', `${what} is not there any more.`);
  if (template?.annotations?.[restartedAtAnnotation] === stamp) {
    return { result: 'done', sentAt: intendedAt, message: done };
  }
  if (live.metadata.generation !== generation) return refused('target-changed', `${what} was changed in between.`);
  if (live.spec?.paused === true) {
    return refused('target-changed', `The rollout of ${what} is paused (spec.paused), so that a restart would wait.`);
  }
  const sent = await sendPatch(channel, targetPath(namespace, workload), [
    { op: 'test', path: '/metadata/uid', value: workload.uid },
    { op: 'test', path: '/metadata/generation', value: generation },
    ...annotationSet('/spec/template/metadata', template, restartedAtAnnotation, stamp),
  ]);
  return patchOutcome(sent, what, done);
}
