import { apiGroup } from '#contract/annotations.ts';
import { incidentResource, type Incident } from '#contract/incident.ts';
import type { Cluster } from './cluster.ts';

/** Paths of what these tests annotate. */
export const pathTo = {
  namespace: (name: string) => `/api/v1/namespaces/${name}`,
  pod: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`,
  deployment: (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  incident: ({ metadata: { namespace, name } }: Incident) =>
    `/apis/${apiGroup}/v1alpha1/namespaces/${namespace}/${incidentResource.plural}/${name}`,
} as const;

/** Sets annotations as `kubectl annotate --overwrite` does; null takes one away. */
export async function annotate(
  { kube }: Cluster,
  path: string,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  const answer = await kube.request({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations } },
  });
  if (!answer.ok) throw new Error(`${path} could not be annotated: ${answer.status} ${answer.message}`);
}
