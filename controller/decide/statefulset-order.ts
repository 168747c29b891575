import type { Refusal } from '../model/plan.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import type { RailContext } from './context.ts';
import { livePods } from './health.ts';

/**
 * Pods of a StatefulSet are replaced one at a time, the lowest ordinal first, as the set itself starts them. A pod
 * that hangs in a revision the set has already left (kubernetes#67250: with OrderedReady the set waits for it for
 * ever) is exactly the one to be replaced; what stands behind it is waiting, not failing.
 */
export function statefulSetOrderRail({ finding, findings, snapshot }: RailContext): Refusal | undefined {
  const { pod } = finding;
  if (pod?.controller?.kind !== 'StatefulSet') return undefined;
  const others = snapshot.pods.filter(({ uid }) => uid !== pod.uid);
  const leaving = others.find(({ terminating }) => terminating);
  if (leaving) return refusal(`Pod ${leaving.name} of the set is still being replaced.`);
  const failing = new Set(findings.flatMap((one) => (one.pod === undefined ? [] : [one.pod.uid])));
  const lower = others.find((one) => failing.has(one.uid) && ordinalOf(one) < ordinalOf(pod));
  if (lower) return refusal(`Pod ${lower.name} comes first.`);
  if (isTrapped(pod, snapshot.owner?.updateRevision)) return undefined;
  const live = new Set(livePods(snapshot).map(({ uid }) => uid));
  const starting = others.find(
    (one) => live.has(one.uid) && !one.ready && !failing.has(one.uid) && ordinalOf(one) < ordinalOf(pod),
  );
  return starting && refusal(`Pod ${starting.name} of the set is not ready yet.`);
}

/** Whether a pod that is not ready belongs to a revision that its set has left. */
function isTrapped(pod: PodSnapshot, updateRevision: string | undefined): boolean {
  return !pod.ready && updateRevision !== undefined && pod.templateHash !== updateRevision;
}

function ordinalOf({ name }: PodSnapshot): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

function refusal(message: string): Refusal {
  return { skip: 'statefulset-order', message };
}
