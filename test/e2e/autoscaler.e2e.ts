import { expect } from 'vitest';
import { agentSawSuccess } from './support/agent.ts';
import type { Cluster } from './support/cluster.ts';
import { injectFault } from './support/pods.ts';
import { startApp } from './support/start-app.ts';
import { createSurgePolicy, endedSurge, surgedIncident } from './support/surge.ts';
import { test } from './support/test.ts';

test('under an autoscaler its minimum is raised for a while, and the replicas are left to it', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  await createSurgePolicy(cluster, name);
  await makeAutoscaler(cluster, name);
  const pod = await startApp(cluster, name);
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'fail-readiness');

  const { status } = await surgedIncident(cluster, name);
  expect(status?.surge).toMatchObject({ target: { kind: 'HorizontalPodAutoscaler', name: 'app' }, from: 1, to: 2 });
  expect(await minimumOf(cluster, name)).toBe(2);

  const ended = await endedSurge(cluster, name);
  expect(ended.status?.surge?.ended).toBe('restored');
  expect(await minimumOf(cluster, name)).toBe(1);
  // Who wrote what is on the object itself: the number of replicas is nobody's but the autoscaler's.
  const { metadata } = await cluster.apps.readNamespacedDeployment({ name: 'app', namespace: name });
  const writers = (metadata?.managedFields ?? []).filter(
    ({ subresource, fieldsV1 }) => subresource === 'scale' || 'f:replicas' in specOf(fieldsV1),
  );
  expect(writers.map(({ manager }) => manager).filter((manager) => manager?.includes('autopilot'))).toEqual([]);
  const touched = ended.status?.actions?.map(({ target }) => target.kind);
  expect(new Set(touched)).toEqual(new Set(['HorizontalPodAutoscaler']));
});

async function makeAutoscaler({ autoscaling }: Cluster, namespace: string): Promise<void> {
  await autoscaling.createNamespacedHorizontalPodAutoscaler({
    namespace,
    body: {
      metadata: { name: 'app' },
      spec: {
        minReplicas: 1,
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
    },
  });
}

async function minimumOf({ autoscaling }: Cluster, namespace: string): Promise<number | undefined> {
  return (await autoscaling.readNamespacedHorizontalPodAutoscaler({ name: 'app', namespace })).spec?.minReplicas;
}

function specOf(fields: unknown): object {
  return (fields as { readonly 'f:spec'?: object } | undefined)?.['f:spec'] ?? {};
}
