import { expect } from 'vitest';
import { listIncidents, resolvedIncident } from './support/incidents.ts';
import { injectFault, onlyReadyPod } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

const rounds = 20;

test(`${rounds} workloads that break one after the other are each healed by one action`, async ({
  cluster,
  namespace,
}) => {
  for (let round = 0; round < rounds; round++) {
    const name = await namespace('enabled');
    const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
    await cluster.apps.createNamespacedDeployment({ namespace: name, body });
    await injectFault(cluster, await onlyReadyPod(cluster, name), 'corrupt-state');
    const { status } = await resolvedIncident(cluster, name);
    expect(status?.attempts, `round ${round}`).toBe(1);
    expect(await listIncidents(cluster, name), `round ${round}`).toHaveLength(1);
  }
});
