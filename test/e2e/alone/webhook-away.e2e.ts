import { expect, onTestFinished } from 'vitest';
import { underLoad } from '../support/admission-load.ts';
import type { Cluster } from '../support/cluster.ts';
import { carriesAgent, tryPod, untilInjection } from '../support/injection.ts';
import { livePods, nameOf, onlyReadyPod, readyPods } from '../support/pods.ts';
import { bareByStatus, createPolicy } from '../support/policies.ts';
import { releasePods, scaleMilliseconds, scaleRelease } from '../support/release.ts';
import { scrape } from '../support/scrape.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';
import { appDeployment } from '../support/workloads.ts';

test('fault 30: while no webhook runs, pods start without the agent and are counted; afterwards they carry it again', async ({
  cluster,
  namespace,
}) => {
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  const replicas = await scaleRelease(cluster, 'webhook', 0);
  onTestFinished(async () => void (await scaleRelease(cluster, 'webhook', replicas)), scaleMilliseconds);

  const without = await namespace('enabled');
  await cluster.apps.createNamespacedDeployment({ namespace: without, body });
  expect(carriesAgent(await onlyReadyPod(cluster, without))).toBe(false);
  await waitUntil('a pod counted', 30, async () => {
    const count = (await scrape(cluster, 'controller')).get('autopilot_pods_without_agent{recreation="never"}') ?? 0;
    return count >= 1 ? true : notYet('none');
  });

  await scaleRelease(cluster, 'webhook', replicas);
  const again = await namespace('enabled');
  await untilInjection(cluster, again, true);
  await cluster.apps.createNamespacedDeployment({ namespace: again, body });
  expect(carriesAgent(await onlyReadyPod(cluster, again))).toBe(true);
});

test('fault 30: while every webhook is killed under load, every pod is created, and the bare ones are counted until they are gone', async ({
  cluster,
  namespace,
}) => {
  const replicas = 4;
  const bareByMetric = async (): Promise<number> =>
    (await scrape(cluster, 'controller')).get('autopilot_pods_without_agent{recreation="never"}') ?? 0;
  const before = await bareByMetric();
  const name = await namespace('enabled');
  await createPolicy(cluster, name, { mode: 'Observe' });
  await bareByStatus(cluster, name, 0);

  const result = await underLoad(cluster, await namespace('enabled'), async () => {
    await waitUntil('a pod without the agent', 30, async () => {
      await killWebhooks(cluster);
      return carriesAgent(await tryPod(cluster, name)) ? notYet('injected') : true;
    });
    const body = appDeployment('app', { image: cluster.image('faulty-app'), replicas });
    await cluster.apps.createNamespacedDeployment({ namespace: name, body });
    // The next ones are up within seconds; none of them is to see these pods.
    await waitUntil('the pods of the app', 60, async () => {
      await killWebhooks(cluster);
      const { length } = await livePods(cluster, name);
      return length === replicas ? true : notYet(String(length));
    });
    await untilInjection(cluster, name, true);
  });
  expect(result).toMatchObject({ refusals: [], rejected: 0 });
  expect(Math.min(result.bare, result.failedOpen)).toBeGreaterThan(0);

  const bare = (await readyPods(cluster, name, replicas)).filter((pod) => !carriesAgent(pod));
  expect(bare.length).toBeGreaterThan(0);
  await bareByStatus(cluster, name, bare.length);
  expect(await bareByMetric()).toBeGreaterThanOrEqual(bare.length);

  await Promise.all(bare.map((pod) => cluster.core.deleteNamespacedPod({ name: nameOf(pod), namespace: name })));
  await bareByStatus(cluster, name, 0);
  expect((await readyPods(cluster, name, replicas)).every(carriesAgent)).toBe(true);
  await waitUntil('no more counted than before', 30, async () => {
    const count = await bareByMetric();
    return count <= before ? true : notYet(`${count}, before ${before}`);
  });
});

/** Takes all webhooks away at once, without a word to them; their Deployment makes others. */
async function killWebhooks(cluster: Cluster): Promise<void> {
  const namespace = cluster.settings.releaseNamespace;
  await Promise.all(
    (await releasePods(cluster, 'webhook')).map((pod) =>
      cluster.core.deleteNamespacedPod({ name: nameOf(pod), namespace, gracePeriodSeconds: 0 }).catch(unlessGone),
    ),
  );
}

function unlessGone(error: unknown): void {
  if ((error as { readonly code?: number }).code !== 404) throw error;
}
