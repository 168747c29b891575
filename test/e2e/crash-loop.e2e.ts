import { expect } from 'vitest';
import { listIncidents, resolvedIncident } from './support/incidents.ts';
import { injectFault, onlyReadyPod, recordPods } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a crash loop is ended by one eviction: the new pod is healthy and the incident resolved', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const record = await recordPods(cluster, name);
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const broken = await onlyReadyPod(cluster, name);
  await injectFault(cluster, broken, 'corrupt-state');
  const { spec, status } = await resolvedIncident(cluster, name);
  const healed = await onlyReadyPod(cluster, name);
  await record.stop();

  expect(spec).toMatchObject({ failureClass: 'CrashLoopBackOff', workload: { kind: 'Deployment', name: 'app' } });
  expect(status?.attempts).toBe(1);
  expect(status?.actions).toMatchObject([
    { kinds: ['evict-pod'], handler: 'restart-pod', target: { uid: broken.metadata?.uid }, result: 'done' },
  ]);
  expect(status?.pod?.uid).toBe(broken.metadata?.uid);
  expect(status?.replacement?.uid).toBe(healed.metadata?.uid);
  expect([...record.uids]).toEqual([broken.metadata?.uid, healed.metadata?.uid]);
  expect(await listIncidents(cluster, name)).toHaveLength(1);

  const { items } = await cluster.events.listNamespacedEvent({ namespace: name });
  const ours = items.filter(({ reportingController }) => reportingController?.includes('infra-autopilot'));
  const told = ours.map(({ regarding, reason }) => `${regarding?.kind} ${reason}`);
  expect(told.filter((line) => line === 'Pod IncidentActing')).toHaveLength(1);
  expect(told).toContain('Deployment IncidentResolved');
});
