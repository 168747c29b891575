import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';
import { isReady } from './pods.ts';
import { notYet, waitUntil } from './wait-until.ts';

export type Component = 'webhook' | 'controller';

/** Pods of one of the release's processes, those on their way out among them. */
export async function releasePods({ core, settings }: Cluster, component: Component): Promise<readonly V1Pod[]> {
  const labelSelector = `app.kubernetes.io/instance=${settings.release},app.kubernetes.io/component=${component}`;
  return (await core.listNamespacedPod({ namespace: settings.releaseNamespace, labelSelector })).items;
}

/** Waits until no more than so many pods of a process are there, those on their way out among them. */
export async function untilReleasePods(cluster: Cluster, component: Component, count: number): Promise<void> {
  await waitUntil(`${count} ${component} pods`, 60, async () => {
    const pods = await releasePods(cluster, component);
    return pods.length === count ? true : notYet(`${pods.length} pods`);
  });
}

/** Whether the release was told that its cluster has the feature gates: `RESTART_ALL_CONTAINERS=1 make cluster-up deploy`. */
export async function canRestartAll({ apps, settings }: Cluster): Promise<boolean> {
  const where = { name: `${settings.release}-webhook`, namespace: settings.releaseNamespace };
  const { spec } = await apps.readNamespacedDeployment(where);
  const variables = spec?.template.spec?.containers.flatMap(({ env = [] }) => env) ?? [];
  return variables.some(({ name, value }) => name === 'AUTOPILOT_AGENT_RESTART_ALL_CONTAINERS' && value === 'true');
}

/** For whoever scales back when a test is over. */
export const scaleMilliseconds = 120_000;

/** Scales a process of the release and waits until its pods are as wanted; returns how many replicas there were. */
export async function scaleRelease(
  cluster: Cluster,
  process: 'webhook' | 'controller',
  replicas: number,
): Promise<number> {
  const { apps, settings } = cluster;
  const name = `${settings.release}-${process}`;
  const namespace = settings.releaseNamespace;
  const before = (await apps.readNamespacedDeploymentScale({ name, namespace })).spec?.replicas ?? 0;
  const body = { metadata: { name, namespace }, spec: { replicas } };
  await apps.replaceNamespacedDeploymentScale({ name, namespace, body });
  await waitUntil(`${replicas} ${process} pods`, 90, async () => {
    const pods = await releasePods(cluster, process);
    const ready = pods.filter(isReady).length;
    return pods.length === replicas && ready === replicas ? true : notYet(`${pods.length} pods, ${ready} ready`);
  });
  return before;
}
