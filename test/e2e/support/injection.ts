import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';
import { appPod } from './workloads.ts';

/** Whether a pod that was created now would carry the agent: the API server asks the webhook, and creates nothing. */
export async function wouldBeInjected(cluster: Cluster, namespace: string): Promise<boolean> {
  const body = { ...appPod('dry-run', { image: cluster.image('faulty-app') }), kind: 'Pod', apiVersion: 'v1' };
  const pod = { ...body, metadata: { ...body.metadata, generateName: 'dry-run-' } };
  const { spec } = await cluster.core.createNamespacedPod({ namespace, dryRun: 'All', body: pod });
  return (spec?.initContainers ?? []).length > 0;
}

/**
 * Waits until new pods of a namespace get the agent, or get it no more. Several times in a row, since each replica of the
 * webhook hears of a change by itself; and ready ones reach the API server only when the Service's rules follow.
 */
export async function untilInjection(cluster: Cluster, namespace: string, injected: boolean): Promise<void> {
  let inARow = 0;
  await waitUntil(`injection ${injected ? 'on' : 'off'}`, 90, async () => {
    inARow = (await wouldBeInjected(cluster, namespace)) === injected ? inARow + 1 : 0;
    return inARow >= 6 ? true : notYet(`${inARow} times in a row`);
  });
}
