import { overrideResource } from '#contract/admission-override.ts';
import { apiVersion } from '#contract/annotations.ts';
import { incidentResource } from '#contract/incident.ts';
import type { ScaleTarget } from '../model/action.ts';
import type { WorkloadReference } from '../model/snapshot.ts';

/** Collections of the kinds that may own pods, by API version and kind: another group may have a kind of the same name. */
const ownerCollections: Readonly<Record<string, string>> = {
  'apps/v1 Deployment': 'deployments',
  'apps/v1 StatefulSet': 'statefulsets',
  'apps/v1 DaemonSet': 'daemonsets',
  'apps/v1 ReplicaSet': 'replicasets',
  'batch/v1 Job': 'jobs',
};

export function podPath(namespace: string, name: string): string {
  return `/api/v1/${namespaced(namespace, 'pods', name)}`;
}

export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
}

export function namespacePath(name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(name)}`;
}

export function deploymentPath(namespace: string, name: string): string {
  return `/apis/apps/v1/${namespaced(namespace, 'deployments', name)}`;
}

export function incidentsPath(namespace: string): string {
  return `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${incidentResource.plural}`;
}

export function incidentPath(namespace: string, name: string): string {
  return `${incidentsPath(namespace)}/${encodeURIComponent(name)}`;
}

export function overridePath(namespace: string, name: string): string {
  return `/apis/${apiVersion}/${namespaced(namespace, overrideResource.plural, name)}`;
}

/** Undefined for a kind that we can't read. */
export function ownerPath(
  namespace: string,
  owner: Pick<WorkloadReference, 'apiVersion' | 'kind' | 'name'>,
): string | undefined {
  const collection = ownerCollections[`${owner.apiVersion} ${owner.kind}`];
  return collection && `/apis/${owner.apiVersion}/${namespaced(namespace, collection, owner.name)}`;
}

/** An object that a drift action patches. */
export function targetPath(
  namespace: string,
  { kind, name }: { readonly kind: ScaleTarget['kind'] | 'DaemonSet'; readonly name: string },
): string {
  switch (kind) {
    case 'Deployment':
      return deploymentPath(namespace, name);
    case 'StatefulSet':
      return `/apis/apps/v1/${namespaced(namespace, 'statefulsets', name)}`;
    case 'DaemonSet':
      return `/apis/apps/v1/${namespaced(namespace, 'daemonsets', name)}`;
    case 'HorizontalPodAutoscaler':
      return `/apis/autoscaling/v2/${namespaced(namespace, 'horizontalpodautoscalers', name)}`;
  }
}

function namespaced(namespace: string, collection: string, name: string): string {
  return `namespaces/${encodeURIComponent(namespace)}/${collection}/${encodeURIComponent(name)}`;
}
