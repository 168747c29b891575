import { expect } from 'vitest';
import { escalatedIncident } from './support/incidents.ts';
import { livePods, onlyReadyPod, uidsOf } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment, appPod } from './support/workloads.ts';

test('an image that can’t be pulled is handed to a person, and its pod left alone', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const image = 'localhost:9/infra-autopilot/absent:none';
  const body = appDeployment('app', { image, disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const { spec, status } = await escalatedIncident(cluster, name, 'no-handler');
  expect(spec.failureClass).toBe('ImagePullBackOff');
  expect(status).toMatchObject({ attempts: 0, evidence: { container: 'app', image, cause: 'registry-unreachable' } });
  expect(uidsOf(await livePods(cluster, name))).toEqual([status?.pod?.uid]);
});

test('an image that its registry does not have is told from a registry that is away', async ({
  cluster,
  namespace,
}) => {
  const port = 15_099;
  const registry = await namespace(undefined);
  // It answers 404 to what it does not know, as a registry does. The node asks itself for it over plain HTTP.
  const env = [{ name: 'FAULTY_APP_PORT', value: String(port) }];
  const readinessProbe = { httpGet: { path: '/readyz', port }, periodSeconds: 1 };
  const container = { env, readinessProbe, ports: [{ containerPort: port }] };
  const { metadata, spec } = appPod('registry', { image: cluster.image('faulty-app'), container });
  await cluster.core.createNamespacedPod({
    namespace: registry,
    body: {
      metadata: { ...metadata, name: 'registry' },
      spec: { ...spec, hostNetwork: true },
    },
  });
  await onlyReadyPod(cluster, registry);

  const name = await namespace('enabled');
  const image = `localhost:${port}/shop/absent:none`;
  await cluster.apps.createNamespacedDeployment({ namespace: name, body: appDeployment('app', { image }) });
  const { status } = await escalatedIncident(cluster, name, 'no-handler');
  expect(status?.evidence).toMatchObject({ container: 'app', image, cause: 'image-not-found' });
  expect(status?.message).toContain(image);
});
