import { surgedByAnnotation } from '#contract/annotations.ts';
import type { KubeObject, ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { AutoscalerSnapshot } from '../../model/snapshot.ts';
import { managedBy } from './managed-by.ts';
import { controllerOf } from './metadata.ts';

/** An autoscaler and what it scales. */
export interface AutoscalerView {
  readonly namespace: string;
  readonly targetKind: string;
  readonly targetName: string;
  readonly autoscaler: AutoscalerSnapshot;
}

interface RawAutoscaler extends KubeObject {
  readonly spec?: {
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
  };
  readonly status?: { readonly currentReplicas?: number };
}

export function projectAutoscaler(object: KubeObject): AutoscalerView {
  const { metadata, spec, status } = object as RawAutoscaler;
  const surgedBy = metadata?.annotations?.[surgedByAnnotation];
  return {
    namespace: metadata?.namespace ?? '',
    targetKind: spec?.scaleTargetRef?.kind ?? '',
    targetName: spec?.scaleTargetRef?.name ?? '',
    autoscaler: {
      name: metadata?.name ?? '',
      uid: metadata?.uid ?? '',
      minReplicas: spec?.minReplicas ?? 1,
      maxReplicas: spec?.maxReplicas ?? 1,
      currentReplicas: status?.currentReplicas ?? 0,
      managedBy: isKeda(metadata) ? 'keda' : managedBy(metadata),
      ...(surgedBy === undefined ? {} : { surgedBy }),
    },
  };
}

/** KEDA declares it anew out of its ScaledObject, whoever declared that. */
function isKeda(metadata: ObjectMetadata | undefined): boolean {
  return (
    metadata?.labels?.['scaledobject.keda.sh/name'] !== undefined || controllerOf(metadata)?.kind === 'ScaledObject'
  );
}
