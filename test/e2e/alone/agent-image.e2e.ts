import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { describe, expect, onTestFinished } from 'vitest';
import { agentContainerName, pausedAnnotation } from '#contract/annotations.ts';
import { containerdSocket } from '#infra/local/components.ts';
import { runInNode } from '#infra/local/namespaces.ts';
import { readSettings } from '#infra/settings.ts';
import type { Cluster } from '../support/cluster.ts';
import { releaseRevision, rollBackRelease, upgradeRelease } from '../support/helm.ts';
import { untilInjection } from '../support/injection.ts';
import { clearSuspensions, suspensionsOf } from '../support/suspensions.ts';
import { livePods, onlyReadyPod } from '../support/pods.ts';
import { untilReleasePods } from '../support/release.ts';
import { scrape } from '../support/scrape.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';
import { appDeployment } from '../support/workloads.ts';

const restoreMilliseconds = 240_000;

test('fault 41: after an upgrade to an agent that can not be pulled, pods start without it until the image is good again', async ({
  cluster,
  namespace,
}) => {
  const revision = await releaseRevision(cluster);
  onTestFinished(async () => await rollBackRelease(cluster, revision), restoreMilliseconds);
  const name = await namespace('enabled');
  await upgradeRelease(cluster, { 'agent.image.tag': 'there-is-none', 'webhook.replicas': '1' });
  await untilInjection(cluster, name, false);

  await cluster.apps.createNamespacedDeployment({ namespace: name, body: app(cluster, 'app') });
  expect(agentOf(await onlyReadyPod(cluster, name))).toBeUndefined();
  await untilReleasePods(cluster, 'webhook', 1);
  const samples = await scrape(cluster, 'webhook');
  expect(samples.get('autopilot_injection_active')).toBe(0);
  expect(samples.get('autopilot_admission_reviews_total{reason="canary-pending"}')).toBeGreaterThan(0);

  await rollBackRelease(cluster, revision);
  await untilInjection(cluster, name, true);
});

const { provider } = readEndToEndSettings();
const nodeName = readSettings('test').clusterName;

describe.skipIf(provider !== 'embedded')(
  'fault 41: the agent’s image is gone from the node after the canary ran it',
  () => {
    test('injection suspends itself, first in one namespace, then everywhere, and blocked pods come back without the agent', async ({
      cluster,
      namespace,
    }) => {
      const [acting, observing] = [await namespace('enabled'), await namespace('observe')];
      await clearSuspensions(cluster);
      onTestFinished(async () => {
        // A pod that is still blocked would be found again at once.
        await cluster.apps.deleteNamespacedDeployment({ namespace: observing, name: 'held' });
        await waitUntil('the end of the pod that was held', 60, async () => {
          const { items } = await cluster.core.listNamespacedPod({ namespace: observing, labelSelector: 'app=held' });
          return items.length === 0 ? true : notYet('still there');
        });
        await clearSuspensions(cluster);
      }, restoreMilliseconds);
      await untilInjection(cluster, acting, true);
      await hideImage(cluster.image('agent'));

      await cluster.apps.createNamespacedDeployment({ namespace: acting, body: app(cluster, 'app') });
      const blocked = await firstPod(cluster, acting);
      expect(agentOf(blocked)).toBe(cluster.image('agent'));
      const narrow = await suspensionsOf(cluster, 1);
      expect(narrow).toMatchObject([
        { image: cluster.image('agent'), namespace: acting, reason: 'image-pull', count: 1 },
      ]);

      await cluster.apps.createNamespacedDeployment({ namespace: observing, body: app(cluster, 'app') });
      const paused = { [pausedAnnotation]: 'true' };
      await cluster.apps.createNamespacedDeployment({ namespace: observing, body: app(cluster, 'held', paused) });
      const everywhere = await suspensionsOf(cluster, 2);
      expect(everywhere.find((one) => one.namespace === undefined)).toMatchObject({ reason: 'image-pull', count: 1 });
      await untilInjection(cluster, await namespace('enabled'), false);

      for (const where of [acting, observing]) {
        const pod = await readyBarePod(cluster, where, 'app');
        expect(pod.metadata?.uid).not.toBe(blocked.metadata?.uid);
      }
      const held = await livePods(cluster, observing, 'app=held');
      expect(held.map(agentOf)).toEqual([cluster.image('agent')]);
      const samples = await scrape(cluster, 'controller');
      expect(samples.get('autopilot_injection_recreated_total{result="done"}')).toBeGreaterThanOrEqual(2);
      const { items } = await cluster.core.listNamespacedEvent({ namespace: observing });
      const reasons = items.map(({ reason }) => reason);
      expect(reasons).toEqual(expect.arrayContaining(['AgentBlocksPod', 'RecreatedWithoutAgent']));
    });
  },
);

function app(cluster: Cluster, name: string, ownerAnnotations: Readonly<Record<string, string>> = {}): V1Deployment {
  return appDeployment(name, { image: cluster.image('faulty-app'), ownerAnnotations });
}

function agentOf(pod: V1Pod): string | undefined {
  return pod.spec?.initContainers?.find(({ name }) => name === agentContainerName)?.image;
}

async function firstPod(cluster: Cluster, namespace: string): Promise<V1Pod> {
  return await waitUntil(`a pod in ${namespace}`, 30, async () => {
    const [pod] = await livePods(cluster, namespace);
    return pod ?? notYet('none');
  });
}

async function readyBarePod(cluster: Cluster, namespace: string, name: string): Promise<V1Pod> {
  return await waitUntil(`a ready pod without agent in ${namespace}`, 90, async () => {
    const pods = await livePods(cluster, namespace, `app=${name}`);
    const bare = pods.find((pod) => agentOf(pod) === undefined && pod.status?.containerStatuses?.[0]?.ready === true);
    return bare ?? notYet(pods.map(({ metadata }) => metadata?.name).join(', '));
  });
}

/** Removes the name under which pods ask for the image, as a registry and a garbage collection would; the canary runs on. */
async function hideImage(reference: string): Promise<void> {
  const hidden = `${reference}-hidden`;
  await images(['tag', '--force', reference, hidden]);
  onTestFinished(async () => {
    await images(['tag', '--force', hidden, reference]);
    await images(['remove', hidden]);
  }, restoreMilliseconds);
  await images(['remove', reference]);
}

async function images(command: readonly string[]): Promise<void> {
  const client = ['ctr', '--address', containerdSocket, '--namespace', 'k8s.io', 'images'];
  await runInNode(nodeName, [...client, ...command], 30);
}
