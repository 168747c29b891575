import type { V1Pod } from '@kubernetes/client-node';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';
import { appPod } from './workloads.ts';

export function carriesAgent({ spec }: V1Pod): boolean {
  return spec?.initContainers?.some(({ name }) => name === agentContainerName) ?? false;
}

/** Has the API server try the creation of a pod, and returns the pod as it would be. */
export async function tryPod(cluster: Cluster, namespace: string): Promise<V1Pod> {
  const body = { ...appPod('dry-run', { image: cluster.image('faulty-app') }), kind: 'Pod', apiVersion: 'v1' };
  const pod = { ...body, metadata: { ...body.metadata, generateName: 'dry-run-' } };
  return await cluster.core.createNamespacedPod({ namespace, dryRun: 'All', body: pod });
}

/** Ready pods reach the API server only when the Service's rules follow; until then it goes on without the webhook. */
export async function untilInjected(cluster: Cluster, namespace: string): Promise<void> {
  await waitUntil('injection', 60, async () =>
    carriesAgent(await tryPod(cluster, namespace)) ? true : notYet('not injected'),
  );
}
