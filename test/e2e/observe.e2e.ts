import { expect } from 'vitest';
import { heldIncident, listIncidents } from './support/incidents.ts';
import { appStatus, injectFault, livePods, onlyReadyPod, restartedAtLeast } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a namespace in observe mode is watched and recorded, and nothing is done in it', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('observe');
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const pod = await onlyReadyPod(cluster, name);
  expect(pod.spec?.initContainers).toHaveLength(1);
  await injectFault(cluster, pod, 'corrupt-state');
  const { spec, status } = await heldIncident(cluster, name, 'observe-mode', 'Would evict pod');
  expect(spec.failureClass).toBe('CrashLoopBackOff');
  expect(status?.message).toContain('The API server would allow');

  const [now] = await livePods(cluster, name);
  const restarts = now === undefined ? 0 : (appStatus(now)?.restartCount ?? 0);
  await restartedAtLeast(cluster, pod, restarts + 1);
  expect((await livePods(cluster, name)).map(({ metadata }) => metadata?.uid)).toEqual([pod.metadata?.uid]);
  for (const incident of await listIncidents(cluster, name)) {
    expect(incident.status).toMatchObject({ phase: 'Held', attempts: 0 });
    expect(incident.status?.actions ?? []).toEqual([]);
  }
});
