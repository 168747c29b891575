import { expect } from 'vitest';
import { listIncidents, resolvedIncident } from './support/incidents.ts';
import { injectFault, onlyReadyPod } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a kill by the kernel’s OOM killer is told from a crash loop, and healed', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const broken = await onlyReadyPod(cluster, name);
  await injectFault(cluster, broken, 'appetite');
  const { spec, status } = await resolvedIncident(cluster, name);

  expect(spec.failureClass).toBe('OOMKilled');
  expect(status?.evidence).toMatchObject({ container: 'app', exitCode: 137, terminatedReason: 'OOMKilled' });
  expect(status?.attempts).toBe(1);
  const classes = (await listIncidents(cluster, name)).map((incident) => incident.spec.failureClass);
  expect(classes).toEqual(['OOMKilled']);
  expect((await onlyReadyPod(cluster, name)).metadata?.uid).toBe(status?.replacement?.uid);
});
