import { expect, onTestFinished } from 'vitest';
import { carriesAgent, untilInjection } from '../support/injection.ts';
import { onlyReadyPod } from '../support/pods.ts';
import { scaleMilliseconds, scaleRelease } from '../support/release.ts';
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
