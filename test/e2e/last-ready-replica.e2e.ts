import { expect } from 'vitest';
import { hangSecondsAnnotation } from '#contract/annotations.ts';
import { agentSawSuccess } from './support/agent.ts';
import { actedIncident, heldIncident } from './support/incidents.ts';
import { injectFault, isReady, livePods, uidsOf } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';
import { appPort } from './support/workloads.ts';

test('the only replica that counts as ready is not taken away, and is as soon as another one is', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const ladder = { failureClasses: ['AppHung'], steps: [{ handler: 'restart-pod' }] };
  await createPolicy(cluster, name, { ...quick, ladders: [ladder] });
  const pod = await startApp(cluster, name, {
    annotations: { [hangSecondsAnnotation]: '3' },
    container: {
      // The port stays open while the app hangs, so that it goes on counting as ready.
      readinessProbe: { tcpSocket: { port: appPort }, periodSeconds: 1 },
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 240 },
    },
  });
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'hang');
  const { spec, status } = await heldIncident(cluster, name, 'last-ready-replica');
  expect(spec.failureClass).toBe('AppHung');
  expect(status?.actions ?? []).toEqual([]);
  const [alone] = await livePods(cluster, name);
  expect(uidsOf(alone ? [alone] : [])).toEqual([pod.metadata?.uid]);
  expect(alone && isReady(alone)).toBe(true);

  const body = { metadata: { name: 'app', namespace: name }, spec: { replicas: 2 } };
  await cluster.apps.replaceNamespacedDeploymentScale({ name: 'app', namespace: name, body });
  const acted = await actedIncident(cluster, name);
  expect(acted.status?.actions).toMatchObject([{ kinds: ['evict-pod'], target: { uid: pod.metadata?.uid } }]);
});
