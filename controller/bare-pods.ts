import type { Cluster } from './input/cluster.ts';

type Pods = Pick<Cluster, 'podsWithoutAgent' | 'workloadUidOfPod'>;

/**
 * How many pods of each workload should carry the agent and don't, by the workload's uid. Nothing of an excluded
 * namespace counts: the webhook leaves its pods alone, whatever its label says.
 */
export function countBarePods(cluster: Pods, excludedNamespaces: ReadonlySet<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const pod of cluster.podsWithoutAgent()) {
    if (excludedNamespaces.has(pod.namespace)) continue;
    const uid = cluster.workloadUidOfPod(pod.uid);
    if (uid !== undefined) counts.set(uid, (counts.get(uid) ?? 0) + 1);
  }
  return counts;
}
