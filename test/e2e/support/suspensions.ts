import { readSuspensions, suspensionsKey, type Suspension } from '#contract/suspension.ts';
import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Waits until there are so many. */
export async function suspensionsOf(cluster: Cluster, count: number): Promise<readonly Suspension[]> {
  return await waitUntil(`${count} suspensions`, 60, async () => {
    const { data } = await cluster.core.readNamespacedConfigMap(record(cluster));
    const suspensions = readSuspensions(data?.[suspensionsKey]);
    return suspensions.length === count ? suspensions : notYet(JSON.stringify(suspensions));
  });
}

/** As a person would who has mended the image and does not want to wait. */
export async function clearSuspensions(cluster: Cluster): Promise<void> {
  const { name, namespace } = record(cluster);
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/configmaps/${name}`,
    contentType: 'application/merge-patch+json',
    body: { data: null },
  });
  if (!answer.ok) throw new Error(`suspensions were not cleared: ${answer.status} ${answer.message}`);
}

function record({ settings }: Cluster): { readonly name: string; readonly namespace: string } {
  return { name: `${settings.release}-injection`, namespace: settings.releaseNamespace };
}
