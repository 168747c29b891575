import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';

/** Pods that should be serving: not on their way out and not leftovers that their owner has already replaced. */
export function livePods(snapshot: WorkloadSnapshot): readonly PodSnapshot[] {
  const ofJob = snapshot.workload.kind === 'Job';
  return snapshot.pods.filter(
    (pod) => !pod.terminating && (ofJob || (pod.phase !== 'Failed' && pod.phase !== 'Succeeded')),
  );
}

/**
 * Since when one pod is healthy, in milliseconds since the epoch; undefined when it is not. A container that
 * restarted so quickly that Ready never changed starts the time anew.
 */
export function healthySince(pod: PodSnapshot): number | undefined {
  if (pod.phase === 'Succeeded') return pod.createdAt;
  if (!pod.ready || pod.terminating || pod.readySince === undefined) return undefined;
  return Math.max(pod.readySince, ...pod.containers.map(({ startedAt }) => startedAt ?? 0));
}

/** Since when every live pod is healthy; undefined when one is not or when there is none. */
export function workloadHealthySince(snapshot: WorkloadSnapshot): number | undefined {
  const since = livePods(snapshot).map(healthySince);
  if (since.length === 0) return undefined;
  return since.reduce<number | undefined>(
    (latest, one) => (latest === undefined || one === undefined ? undefined : Math.max(latest, one)),
    0,
  );
}
