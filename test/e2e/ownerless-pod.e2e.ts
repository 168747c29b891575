import { expect } from 'vitest';
import { heldIncident } from './support/incidents.ts';
import { injectFault, onlyReadyPod, restartedAtLeast, appStatus } from './support/pods.ts';
import { test } from './support/test.ts';
import { appPod } from './support/workloads.ts';

test('a pod that nothing would bring back is left alone, with the reason', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const { metadata, spec } = appPod('app', { image: cluster.image('faulty-app'), disposable: true });
  const body = { metadata: { ...metadata, name: 'app' }, spec };
  await cluster.core.createNamespacedPod({ namespace: name, body });
  const pod = await onlyReadyPod(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const { status } = await heldIncident(cluster, name, 'no-controller');
  expect(status).toMatchObject({ attempts: 0 });
  expect(status?.actions ?? []).toEqual([]);

  const restarts = appStatus(await cluster.core.readNamespacedPod({ name: 'app', namespace: name }))?.restartCount ?? 0;
  const later = await restartedAtLeast(cluster, pod, restarts + 1);
  expect(later.metadata?.deletionTimestamp).toBeUndefined();
});
