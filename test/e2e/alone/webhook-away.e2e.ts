import { expect, onTestFinished } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import { untilInjection } from '../support/injection.ts';
import { onlyReadyPod } from '../support/pods.ts';
import { scaleMilliseconds, scaleRelease } from '../support/release.ts';
import { test } from '../support/test.ts';
import { appDeployment } from '../support/workloads.ts';

test('while no webhook runs, pods start without the agent; afterwards they carry it again', async ({
  cluster,
  namespace,
}) => {
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  const replicas = await scaleRelease(cluster, 'webhook', 0);
  onTestFinished(async () => void (await scaleRelease(cluster, 'webhook', replicas)), scaleMilliseconds);

  const without = await namespace('enabled');
  await cluster.apps.createNamespacedDeployment({ namespace: without, body });
  expect((await onlyReadyPod(cluster, without)).spec?.initContainers).toBeUndefined();

  await scaleRelease(cluster, 'webhook', replicas);
  const again = await namespace('enabled');
  await untilInjection(cluster, again, true);
  await cluster.apps.createNamespacedDeployment({ namespace: again, body });
  const sidecars = (await onlyReadyPod(cluster, again)).spec?.initContainers;
  expect(sidecars?.map((container) => container.name)).toEqual([agentContainerName]);
});
