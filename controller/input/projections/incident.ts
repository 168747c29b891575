import type { Incident } from '#contract/incident.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';

/** An incident without the bookkeeping of the API server, such as managed fields. */
export function projectIncident(object: KubeObject): Incident {
  const { metadata, spec, status } = object as KubeObject & Pick<Incident, 'spec' | 'status'>;
  return {
    metadata: {
      name: metadata?.name ?? '',
      namespace: metadata?.namespace ?? '',
      uid: metadata?.uid ?? '',
      resourceVersion: metadata?.resourceVersion ?? '',
      ...(metadata?.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp }),
    },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}
