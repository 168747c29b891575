import type { Cluster } from './cluster.ts';
import { isReady, uidsOf } from './pods.ts';
import { releasePods } from './release.ts';
import { webhookName } from './rotation.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Replaces every webhook pod as `kubectl rollout restart` does, and waits until the old ones are gone. */
export async function rollWebhook(cluster: Cluster): Promise<void> {
  const old = new Set(uidsOf(await releasePods(cluster, 'webhook')));
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${cluster.settings.releaseNamespace}/deployments/${webhookName(cluster)}`,
    contentType: 'application/merge-patch+json',
    body: { spec: { template: { metadata: { annotations } } } },
  });
  if (!answer.ok) throw new Error(`the webhook could not be rolled: ${answer.status} ${answer.message}`);
  await waitUntil('fresh webhook pods alone', 120, async () => {
    const pods = await releasePods(cluster, 'webhook');
    const left = pods.filter(({ metadata }) => old.has(metadata?.uid)).length;
    return left === 0 && pods.length === old.size && pods.every(isReady) ? true : notYet(`${left} old ones left`);
  });
}
