import type { PodSnapshot, WorkloadSnapshot } from '../../model/snapshot.ts';

/**
 * The pods whose containers are worth looking at. A pod that is being deleted has its own detector; one that is over
 * was replaced by its owner already and would be found for as long as it lies about. A Job's is its result, and
 * nothing replaces a pod without owner, so these count.
 */
export function livePods({ pods }: Pick<WorkloadSnapshot, 'pods'>): readonly PodSnapshot[] {
  return pods.filter((pod) => !pod.terminating && !(isOver(pod) && isReplaced(pod)));
}

/** Whether the pod has ended for good. */
export function isOver({ phase }: PodSnapshot): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

function isReplaced({ controller }: PodSnapshot): boolean {
  return controller !== undefined && controller.kind !== 'Job';
}
