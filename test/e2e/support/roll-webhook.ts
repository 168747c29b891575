import type { Cluster } from './cluster.ts';
import { isReady, uidsOf } from './pods.ts';
import { releasePods, type Component } from './release.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Replaces every webhook pod as `kubectl rollout restart` does, and waits until the old ones are gone. */
export function rollWebhook(cluster: Cluster): Promise<void> {
  return roll(cluster, 'webhook');
}

/** As {@link rollWebhook}, with the controllers: each agent has to connect anew. */
export function rollControllers(cluster: Cluster): Promise<void> {
  return roll(cluster, 'controller');
}

async function roll(cluster: Cluster, component: Component): Promise<void> {
  const { release, releaseNamespace } = cluster.settings;
  const old = new Set(uidsOf(await releasePods(cluster, component)));
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${releaseNamespace}/deployments/${release}-${component}`,
    contentType: 'application/merge-patch+json',
    body: { spec: { template: { metadata: { annotations } } } },
  });
  if (!answer.ok) throw new Error(`the ${component} could not be rolled: ${answer.status} ${answer.message}`);
  await waitUntil(`fresh ${component} pods alone`, 120, async () => {
    const pods = await releasePods(cluster, component);
    const left = pods.filter(({ metadata }) => old.has(metadata?.uid)).length;
    return left === 0 && pods.length === old.size && pods.every(isReady) ? true : notYet(`${left} old ones left`);
  });
}
