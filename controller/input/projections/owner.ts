import { restartedAtAnnotation, surgedByAnnotation } from '#contract/annotations.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { KubeObject, ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { OwnerSnapshot, ReplicaSetSnapshot, WorkloadReference } from '../../model/snapshot.ts';
import { managedBy } from './managed-by.ts';
import { breakerResetOf, controllerOf, isPaused } from './metadata.ts';
import type { RawCondition } from './raw-pod.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const keptMessageCharacters = 300;

/** An object that may own pods or ReplicaSets: who owns it in turn, whether someone paused it, and what it declares. */
export interface OwnerView {
  readonly namespace: string;
  readonly self: WorkloadReference;
  readonly controller: WorkloadReference | undefined;
  readonly paused: boolean;
  /** Absent where another object stands above it, and on kinds that are read for their metadata alone. */
  readonly owner?: OwnerSnapshot;
  readonly replicaSet?: ReplicaSetSnapshot;
}

/** What Deployments, StatefulSets, DaemonSets and ReplicaSets have that is read, as it comes over the wire. */
interface RawOwner {
  readonly metadata?: ObjectMetadata & { readonly generation?: number };
  readonly spec?: {
    readonly replicas?: number;
    readonly podManagementPolicy?: string;
    readonly template?: { readonly metadata?: ObjectMetadata };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly numberReady?: number;
    readonly updateRevision?: string;
    readonly conditions?: readonly RawCondition[];
  };
}

/** `kind` and `apiVersion` are given, since an object in a list doesn't tell its own. */
export function projectOwner(object: KubeObject, kind: string, apiVersion = 'apps/v1'): OwnerView {
  const { metadata } = object;
  // A Deployment's annotations are copied to its ReplicaSets and never taken away from them again.
  const copied = kind === 'ReplicaSet' && controllerOf(metadata) !== undefined;
  const self = { apiVersion, kind, name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
  const controller = controllerOf(metadata);
  const whole = apiVersion === 'apps/v1';
  return {
    namespace: metadata?.namespace ?? '',
    self,
    controller,
    paused: !copied && isPaused(metadata),
    ...(whole && controller === undefined ? { owner: ownerOf(object, self) } : {}),
    ...(kind === 'ReplicaSet' ? { replicaSet: replicaSetOf(object) } : {}),
  };
}

function ownerOf({ metadata, spec, status }: RawOwner, reference: WorkloadReference): OwnerSnapshot {
  const stalled = stalledOf(status?.conditions);
  const restartedAt = spec?.template?.metadata?.annotations?.[restartedAtAnnotation];
  const surgedBy = metadata?.annotations?.[surgedByAnnotation];
  const breakerResetAt = breakerResetOf(metadata?.annotations);
  const isSet = reference.kind === 'StatefulSet';
  return {
    reference,
    generation: metadata?.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    replicas: spec?.replicas,
    readyReplicas: status?.readyReplicas ?? status?.numberReady ?? 0,
    managedBy: managedBy(metadata),
    ...(isSet && status?.updateRevision !== undefined ? { updateRevision: status.updateRevision } : {}),
    ...(isSet ? { orderedReady: spec?.podManagementPolicy !== 'Parallel' } : {}),
    ...(stalled ? { stalled } : {}),
    ...(restartedAt === undefined ? {} : { restartedAt }),
    ...(surgedBy === undefined ? {} : { surgedBy }),
    ...(breakerResetAt === undefined ? {} : { breakerResetAt }),
  };
}

function stalledOf(conditions: readonly RawCondition[] | undefined): OwnerSnapshot['stalled'] {
  const progressing = conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.status !== 'False') return undefined;
  return {
    reason: progressing.reason ?? '',
    message: (progressing.message ?? '').slice(0, keptMessageCharacters),
    since: millisecondsOf(progressing.lastTransitionTime) ?? 0,
  };
}

function replicaSetOf({ metadata, spec, status }: RawOwner): ReplicaSetSnapshot {
  return {
    uid: metadata?.uid ?? '',
    name: metadata?.name ?? '',
    templateHash: metadata?.labels?.['pod-template-hash'] ?? '',
    revision: Number(metadata?.annotations?.[revisionAnnotation]) || 0,
    createdAt: millisecondsOf(metadata?.creationTimestamp) ?? 0,
    replicas: spec?.replicas ?? status?.replicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
  };
}
