import { expect } from 'vitest';
import { heldIncident } from './support/incidents.ts';
import { injectFault, livePods, onlyReadyPod } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a pod whose local data nobody called disposable is not evicted', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const pod = await onlyReadyPod(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const { status } = await heldIncident(cluster, name, 'local-data');
  expect(status?.message).toContain('state');
  expect(status?.actions ?? []).toEqual([]);
  expect((await livePods(cluster, name)).map(({ metadata }) => metadata?.uid)).toEqual([pod.metadata?.uid]);
});
