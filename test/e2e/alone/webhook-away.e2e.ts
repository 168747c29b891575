import { expect, onTestFinished } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from '../support/cluster.ts';
import { onlyReadyPod } from '../support/pods.ts';
import { scaleMilliseconds, scaleRelease } from '../support/release.ts';
import { scrape } from '../support/scrape.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';
import { appDeployment, appPod } from '../support/workloads.ts';

test('fault 30: while no webhook runs, pods start without the agent and are counted; afterwards they carry it again', async ({
  cluster,
  namespace,
}) => {
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  const replicas = await scaleRelease(cluster, 'webhook', 0);
  onTestFinished(async () => void (await scaleRelease(cluster, 'webhook', replicas)), scaleMilliseconds);

  const without = await namespace('enabled');
  await cluster.apps.createNamespacedDeployment({ namespace: without, body });
  expect((await onlyReadyPod(cluster, without)).spec?.initContainers).toBeUndefined();
  await waitUntil('a pod counted', 30, async () => {
    const count = (await scrape(cluster, 'controller')).get('autopilot_pods_without_agent{recreation="never"}') ?? 0;
    return count >= 1 ? true : notYet('none');
  });

  await scaleRelease(cluster, 'webhook', replicas);
  const again = await namespace('enabled');
  await untilCalled(cluster, again);
  await cluster.apps.createNamespacedDeployment({ namespace: again, body });
  const sidecars = (await onlyReadyPod(cluster, again)).spec?.initContainers;
  expect(sidecars?.map((container) => container.name)).toEqual([agentContainerName]);
});

/** Ready pods reach the API server only when the Service's rules follow; until then it goes on without the webhook. */
async function untilCalled(cluster: Cluster, namespace: string): Promise<void> {
  const body = { ...appPod('dry-run', { image: cluster.image('faulty-app') }), kind: 'Pod', apiVersion: 'v1' };
  const pod = { ...body, metadata: { ...body.metadata, generateName: 'dry-run-' } };
  await waitUntil('injection', 60, async () => {
    const { spec } = await cluster.core.createNamespacedPod({ namespace, dryRun: 'All', body: pod });
    return spec?.initContainers?.length === 1 ? true : notYet('not injected');
  });
}
