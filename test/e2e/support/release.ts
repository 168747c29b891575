import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';

export type Component = 'webhook' | 'controller';

/** Pods of one of the release's processes, those on their way out among them. */
export async function releasePods({ core, settings }: Cluster, component: Component): Promise<readonly V1Pod[]> {
  const labelSelector = `app.kubernetes.io/instance=${settings.release},app.kubernetes.io/component=${component}`;
  return (await core.listNamespacedPod({ namespace: settings.releaseNamespace, labelSelector })).items;
}
