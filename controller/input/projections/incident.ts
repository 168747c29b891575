import { apiGroup } from '#contract/annotations.ts';
import type { Incident } from '#contract/incident.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';

/** An incident without the bookkeeping of the API server, such as managed fields, and without others' annotations. */
export function projectIncident(object: KubeObject): Incident {
  const { metadata, spec, status } = object as KubeObject & Pick<Incident, 'spec' | 'status'>;
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(([key]) => key.startsWith(`${apiGroup}/`));
  return {
    metadata: {
      name: metadata?.name ?? '',
      namespace: metadata?.namespace ?? '',
      uid: metadata?.uid ?? '',
      resourceVersion: metadata?.resourceVersion ?? '',
      ...(metadata?.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp }),
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}
