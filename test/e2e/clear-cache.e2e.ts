import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { cacheVolumesAnnotation } from '#contract/annotations.ts';
import type { Incident } from '#contract/incident.ts';
import type { Cluster } from './support/cluster.ts';
import { listIncidents, resolvedIncident } from './support/incidents.ts';
import { appStatus, injectFault, onlyReadyPod, recordPods } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';
import { makePersistentVolume, openedFor } from './support/volume.ts';

test('a corrupt cache on a volume that outlives its pods is emptied while the app is down, and the pod replaced', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const record = await recordPods(cluster, name);
  const broken = await startWithCache(cluster, name);
  await injectFault(cluster, broken, 'corrupt-state');
  const incident = await resolvedIncident(cluster, name);
  const healed = await onlyReadyPod(cluster, name);
  await record.stop();
  tell('emptied and replaced', incident);

  const { spec, status } = incident;
  expect(spec.failureClass).toBe('CrashLoopBackOff');
  // Replacing the pod alone would not have helped: the volume goes with it.
  expect(status?.actions).toMatchObject([
    { kinds: ['clear-cache', 'evict-pod'], handler: 'clear-cache', step: 0, result: 'done', helped: true },
  ]);
  expect(status?.attempts).toBe(1);
  expect([...record.uids]).toEqual([broken.metadata?.uid, healed.metadata?.uid]);
  expect(appStatus(healed)?.restartCount).toBe(0);
  const all = await listIncidents(cluster, name);
  expect(all.map((one) => [one.spec.failureClass, one.status?.evidence?.message])).toEqual([
    ['CrashLoopBackOff', status?.evidence?.message],
  ]);
});

test('where the policy wants no eviction, the kubelet starts the same pod again on the emptied cache', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const steps = [{ handler: 'clear-cache', settings: { evict: false } }, { handler: 'escalate' }];
  await createPolicy(cluster, name, { ...quick, ladders: [{ failureClasses: ['CrashLoopBackOff'], steps }] });
  const broken = await startWithCache(cluster, name);
  await injectFault(cluster, broken, 'corrupt-state');
  const incident = await resolvedIncident(cluster, name);
  tell('emptied in place', incident);

  expect(incident.status?.actions).toMatchObject([{ kinds: ['clear-cache'], result: 'done', helped: true }]);
  expect((await onlyReadyPod(cluster, name)).metadata?.uid).toBe(broken.metadata?.uid);
});

async function startWithCache(cluster: Cluster, namespace: string): Promise<V1Pod> {
  return await startApp(cluster, namespace, {
    disposable: false,
    annotations: { [cacheVolumesAnnotation]: 'state' },
    volume: await makePersistentVolume(cluster, namespace),
    initContainers: [openedFor(cluster.image('faulty-app'))],
  });
}

/** Measured, not promised: a busy machine is slower. */
function tell(what: string, { status }: Incident): void {
  const { detectedAt = '', actedAt = '', healthyAt = '' } = status?.times ?? {};
  const seconds = (until: string): string => ((Date.parse(until) - Date.parse(detectedAt)) / 1000).toFixed(1);
  console.log(`${what}: acted ${seconds(actedAt)} s and healthy ${seconds(healthyAt)} s after the finding`);
}
