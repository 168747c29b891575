import { expect } from 'vitest';
import { waitForIncident } from './support/incidents.ts';
import { livePods } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('an image that can’t be pulled is handed to a person, and its pod left alone', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const image = 'localhost:9/infra-autopilot/absent:none';
  const body = appDeployment('app', { image, disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const { spec, status } = await waitForIncident(cluster, name, 'Escalated', 90, (incident) => {
    return incident.status?.phase === 'Escalated';
  });
  expect(spec.failureClass).toBe('ImagePullBackOff');
  expect(status).toMatchObject({ reason: 'no-handler', attempts: 0, evidence: { container: 'app', image } });
  expect((await livePods(cluster, name)).map(({ metadata }) => metadata?.uid)).toEqual([status?.pod?.uid]);
});
