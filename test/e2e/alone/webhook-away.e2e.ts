import { expect, onTestFinished } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from '../support/cluster.ts';
import { onlyReadyPod } from '../support/pods.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';
import { appDeployment } from '../support/workloads.ts';

const name = 'infra-autopilot-webhook';

test('while no webhook runs, pods start without the agent; afterwards they carry it again', async ({
  cluster,
  namespace,
}) => {
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  const replicas = await scaleWebhook(cluster, 0);
  onTestFinished(async () => void (await scaleWebhook(cluster, replicas)));

  const without = await namespace('enabled');
  await cluster.apps.createNamespacedDeployment({ namespace: without, body });
  expect((await onlyReadyPod(cluster, without)).spec?.initContainers).toBeUndefined();

  await scaleWebhook(cluster, replicas);
  const again = await namespace('enabled');
  await cluster.apps.createNamespacedDeployment({ namespace: again, body });
  const sidecars = (await onlyReadyPod(cluster, again)).spec?.initContainers;
  expect(sidecars?.map((container) => container.name)).toEqual([agentContainerName]);
});

/** Scales and waits until the API server can see the effect; returns how many replicas there were. */
async function scaleWebhook({ apps, core, settings }: Cluster, replicas: number): Promise<number> {
  const namespace = settings.releaseNamespace;
  const scale = await apps.readNamespacedDeploymentScale({ name, namespace });
  const before = scale.spec?.replicas ?? 0;
  const body = { metadata: { name, namespace }, spec: { replicas } };
  await apps.replaceNamespacedDeploymentScale({ name, namespace, body });
  await waitUntil(`${replicas} webhook pods`, 90, async () => {
    const labelSelector = 'app.kubernetes.io/part-of=infra-autopilot,app.kubernetes.io/component=webhook';
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    const { status } = await apps.readNamespacedDeployment({ name, namespace });
    const ready = status?.readyReplicas ?? 0;
    return items.length === replicas && ready === replicas ? true : notYet(`${items.length} pods, ${ready} ready`);
  });
  return before;
}
