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

/**
 * Rolls the controllers such that the kubelet leaves one alone that does not answer, for longer than any test stops one: killed by its
 * liveness probe, it would never wake. Returns what gives them their own probe back.
 */
export async function rollControllersThatMayStop(cluster: Cluster): Promise<() => Promise<void>> {
  const { release, releaseNamespace: namespace } = cluster.settings;
  const deployment = await cluster.apps.readNamespacedDeployment({ name: `${release}-controller`, namespace });
  const [controller] = deployment.spec?.template.spec?.containers ?? [];
  const failureThreshold = controller?.livenessProbe?.failureThreshold;
  const rollWith = async (threshold: number | undefined): Promise<void> => {
    const container = { name: controller?.name, livenessProbe: { failureThreshold: threshold } };
    await roll(cluster, 'controller', { spec: { containers: [container] } });
  };
  await rollWith(30);
  return () => rollWith(failureThreshold);
}

async function roll(cluster: Cluster, component: Component, template: object = {}): Promise<void> {
  const { release, releaseNamespace } = cluster.settings;
  const old = new Set(uidsOf(await releasePods(cluster, component)));
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${releaseNamespace}/deployments/${release}-${component}`,
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { template: { metadata: { annotations }, ...template } } },
  });
  if (!answer.ok) throw new Error(`the ${component} could not be rolled: ${answer.status} ${answer.message}`);
  await waitUntil(`fresh ${component} pods alone`, 120, async () => {
    const pods = await releasePods(cluster, component);
    const left = pods.filter(({ metadata }) => old.has(metadata?.uid)).length;
    return left === 0 && pods.length === old.size && pods.every(isReady) ? true : notYet(`${left} old ones left`);
  });
}
