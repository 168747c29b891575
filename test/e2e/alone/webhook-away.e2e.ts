import { expect, onTestFinished } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from '../support/cluster.ts';
import { isReady, onlyReadyPod } from '../support/pods.ts';
import { releasePods } from '../support/release.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';
import { appDeployment, appPod } from '../support/workloads.ts';

const name = 'infra-autopilot-webhook';
const scaleMilliseconds = 120_000;

test('while no webhook runs, pods start without the agent; afterwards they carry it again', async ({
  cluster,
  namespace,
}) => {
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  const replicas = await scaleWebhook(cluster, 0);
  onTestFinished(async () => void (await scaleWebhook(cluster, replicas)), scaleMilliseconds);

  const without = await namespace('enabled');
  await cluster.apps.createNamespacedDeployment({ namespace: without, body });
  expect((await onlyReadyPod(cluster, without)).spec?.initContainers).toBeUndefined();

  await scaleWebhook(cluster, replicas);
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

/** Scales and waits until the pods are as wanted; returns how many replicas there were. */
async function scaleWebhook(cluster: Cluster, replicas: number): Promise<number> {
  const { apps, settings } = cluster;
  const namespace = settings.releaseNamespace;
  const before = (await apps.readNamespacedDeploymentScale({ name, namespace })).spec?.replicas ?? 0;
  const body = { metadata: { name, namespace }, spec: { replicas } };
  await apps.replaceNamespacedDeploymentScale({ name, namespace, body });
  await waitUntil(`${replicas} webhook pods`, 90, async () => {
    const pods = await releasePods(cluster, 'webhook');
    const ready = pods.filter(isReady).length;
    return pods.length === replicas && ready === replicas ? true : notYet(`${pods.length} pods, ${ready} ready`);
  });
  return before;
}
