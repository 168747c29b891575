import { expect } from 'vitest';
import { escalatedIncident, resolvedIncident } from './support/incidents.ts';
import { livePods, uidsOf } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a Secret that is not there is named to a person; once it is made the pod starts and the incident ends by itself', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const valueFrom = { secretKeyRef: { name: 'shop-credentials', key: 'url' } };
  const container = { env: [{ name: 'SHOP_URL', valueFrom }] };
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true, container });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const { spec, status } = await escalatedIncident(cluster, name, 'no-handler');
  expect(spec.failureClass).toBe('ConfigError');
  expect(status?.evidence?.cause).toBe('missing-secret');
  expect(status?.message).toContain('shop-credentials');
  expect(uidsOf(await livePods(cluster, name))).toEqual([status?.pod?.uid]);

  const secret = { metadata: { name: 'shop-credentials' }, stringData: { url: 'http://shop' } };
  await cluster.core.createNamespacedSecret({ namespace: name, body: secret });
  const ended = await resolvedIncident(cluster, name);
  expect(ended.status).toMatchObject({ attempts: 0, pod: { uid: status?.pod?.uid } });
});
