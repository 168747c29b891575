import { expect } from 'vitest';
import { agentSawSuccess } from './support/agent.ts';
import { heldIncident } from './support/incidents.ts';
import { injectFault, livePods, onlyReadyPod } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a failing readiness probe is reported by the agent and only recorded', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const pod = await onlyReadyPod(cluster, name);
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'fail-readiness');
  const { spec, status } = await heldIncident(cluster, name, 'no-handler');

  expect(spec.failureClass).toBe('ReadinessProbeFailed');
  expect(status?.evidence).toMatchObject({
    container: 'app',
    probe: 'readiness',
    message: 'it answers with status 503',
  });
  expect((await livePods(cluster, name)).map(({ metadata }) => metadata?.uid)).toEqual([pod.metadata?.uid]);
});

test('a failing liveness probe is classified and left to the kubelet, which restarts first', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const livenessProbe = {
    httpGet: { path: '/healthz', port: 'http' },
    periodSeconds: 2,
    failureThreshold: 3,
  };
  // The kubelet gives up at the same threshold: its kill must not end the fault while the agent still looks at it.
  const lifecycle = { preStop: { sleep: { seconds: 15 } } };
  const image = cluster.image('faulty-app');
  const body = appDeployment('app', {
    image,
    disposable: true,
    graceSeconds: 20,
    container: { livenessProbe, lifecycle },
  });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const pod = await onlyReadyPod(cluster, name);
  await agentSawSuccess(cluster, pod);
  // One that still counted as ready would be held for that.
  await injectFault(cluster, pod, 'fail-readiness');
  await injectFault(cluster, pod, 'fail-liveness');
  const { spec, status } = await heldIncident(cluster, name, 'kubelet-restarts-first');

  expect(spec.failureClass).toBe('LivenessProbeFailed');
  expect(status?.evidence).toMatchObject({
    container: 'app',
    probe: 'liveness',
    message: 'it answers with status 503',
  });
  expect(status?.actions ?? []).toEqual([]);
});
