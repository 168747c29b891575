import { expect } from 'vitest';
import { autopilotLabel } from '#contract/annotations.ts';
import { carriesAgent } from './support/injection.ts';
import { isReady, livePods, readyPods, recordPods, uidsOf } from './support/pods.ts';
import { bareByStatus, changePolicy, createPolicy, quick } from './support/policies.ts';
import { scrape } from './support/scrape.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';

test('pods older than the label of their namespace are told, counted and left alone, until a policy has them re-created one by one', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace(undefined);
  await startApp(cluster, name);
  await cluster.apps.replaceNamespacedDeploymentScale({
    name: 'app',
    namespace: name,
    body: { metadata: { name: 'app', namespace: name }, spec: { replicas: 3 } },
  });
  const before = await readyPods(cluster, name, 3);
  const seen = await recordPods(cluster, name);
  const { kube } = cluster;
  const body = { metadata: { labels: { [autopilotLabel]: 'enabled' } } };
  await kube.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${name}`,
    contentType: 'application/merge-patch+json',
    body,
  });

  const told = await waitUntil('Event of missing agents', 60, async () => {
    const { items } = await cluster.core.listNamespacedEvent({ namespace: name });
    return items.find(({ reason }) => reason === 'AgentMissing') ?? notYet(items.map(({ reason }) => reason).join());
  });
  expect(told.involvedObject).toMatchObject({ kind: 'Deployment', name: 'app' });
  await waitUntil('three pods counted', 30, async () => {
    const count = (await scrape(cluster, 'controller')).get('autopilot_pods_without_agent{recreation="never"}') ?? 0;
    return count >= 3 ? true : notYet(String(count));
  });
  await createPolicy(cluster, name, quick);
  await bareByStatus(cluster, name, 3);
  expect(uidsOf(await readyPods(cluster, name, 3))).toEqual(uidsOf(before));

  await changePolicy(cluster, name, { injection: { recreate: 'Evict' } });
  let fewestReady = 3;
  await waitUntil('agent in all three pods', 180, async () => {
    const pods = await livePods(cluster, name);
    const ready = pods.filter(isReady);
    fewestReady = Math.min(fewestReady, ready.length);
    const agents = ready.filter(carriesAgent);
    return agents.length === 3 && pods.length === 3 ? true : notYet(`${agents.length} of ${pods.length}`);
  });
  await bareByStatus(cluster, name, 0);
  await seen.stop();
  expect(fewestReady).toBeGreaterThanOrEqual(2);
  expect(seen.uids.size).toBe(6);
});
