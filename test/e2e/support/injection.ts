import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';
import { admittedPod, agentOf } from './dry-run.ts';
import { notYet, waitUntil } from './wait-until.ts';
import { appPod } from './workloads.ts';

export function carriesAgent(pod: V1Pod): boolean {
  return agentOf(pod) !== undefined;
}

/** Has the API server try the creation of a pod of the app, webhook included, and returns the pod as it would be. */
export function tryPod(cluster: Cluster, namespace: string): Promise<V1Pod> {
  const { metadata, spec } = appPod('dry-run', { image: cluster.image('faulty-app') });
  return admittedPod(cluster, namespace, { metadata: { ...metadata, generateName: 'dry-run-' }, spec });
}

/**
 * Waits until new pods of a namespace get the agent, or get it no more. Several times in a row, since each replica of the
 * webhook hears of a change by itself; and ready ones reach the API server only when the Service's rules follow.
 */
export async function untilInjection(cluster: Cluster, namespace: string, injected: boolean): Promise<void> {
  let inARow = 0;
  await waitUntil(`injection ${injected ? 'on' : 'off'}`, 90, async () => {
    inARow = carriesAgent(await tryPod(cluster, namespace)) === injected ? inARow + 1 : 0;
    return inARow >= 6 ? true : notYet(`${inARow} times in a row`);
  });
}
