import { expect } from 'vitest';
import { waitForIncident } from '../support/incidents.ts';
import { injectFault, readyPods, recordPods } from '../support/pods.ts';
import { messagesAbout } from '../support/sink.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';
import { appDeployment } from '../support/workloads.ts';

const replicas = 30;

test(`when ${replicas} pods of one workload fail at once none is evicted, and people get one message`, async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const record = await recordPods(cluster, name);
  const container = { resources: { requests: { cpu: '1m', memory: '16Mi' }, limits: { memory: '128Mi' } } };
  const image = cluster.image('faulty-app');
  const body = appDeployment('app', { image, disposable: true, replicas, container });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const pods = await readyPods(cluster, name, replicas, '', 240);
  // All at one moment, however long it takes to tell them.
  const at = Date.now() + 10_000;
  const faults = await Promise.all(pods.map((pod) => injectFault(cluster, pod, 'corrupt-state', at)));
  expect(new Set(faults)).toEqual(new Set([new Date(at).toISOString()]));

  const { status } = await waitForIncident(cluster, name, 'Held because of breaker-open', 90, ({ status: now }) => {
    return now?.phase === 'Held' && now.reason === 'breaker-open';
  });
  expect(status).toMatchObject({ breaker: 'workload', attempts: 0 });
  expect(status?.actions ?? []).toEqual([]);
  await waitUntil('exits of all of them', 90, async () => {
    const { items } = await cluster.core.listNamespacedPod({ namespace: name });
    const failed = items.filter((pod) => (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2);
    return failed.length === replicas ? true : notYet(`${failed.length} of ${items.length}`);
  });
  await record.stop();
  expect(record.uids.size).toBe(replicas);
  // So many that start at once may be slow to get ready, which is another story.
  const messages = (await messagesAbout(cluster, name)).filter((message) => message.body.includes('CrashLoopBackOff'));
  expect(messages.filter(({ target }) => target.startsWith('/webhook'))).toHaveLength(1);
});
