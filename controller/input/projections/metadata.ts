import {
  breakerResetAnnotation,
  hangSecondsAnnotation,
  injectAnnotation,
  localDataAnnotation,
  localDataDisposable,
  namespaceMode,
  pausedAnnotation,
  readHangSeconds,
  type NamespaceMode,
} from '#contract/annotations.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { KubeObject, ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { WorkloadReference } from '../../model/snapshot.ts';

export interface NamespaceView {
  readonly name: string;
  readonly mode: NamespaceMode;
  readonly paused: boolean;
  /** Defaults for pods that don't say it themselves. */
  readonly localDataDisposable: boolean;
  readonly hangSeconds?: number;
  /** Keeps the agent out of its pods, but for those that ask for it themselves. */
  readonly agentsOptedOut?: true;
  /** For the selectors of cluster policies. */
  readonly labels: Readonly<Record<string, string>>;
  readonly breakerResetAt?: number;
}

type Annotations = ObjectMetadata['annotations'];

export function isPaused(metadata: ObjectMetadata | undefined): boolean {
  return metadata?.annotations?.[pausedAnnotation] === 'true';
}

/** The one owner that makes new ones of this object; other owner references are only for garbage collection. */
export function controllerOf(metadata: ObjectMetadata | undefined): WorkloadReference | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  return owner && { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid };
}

export function hangSecondsOf(annotations: Annotations): number | undefined {
  return readHangSeconds(annotations?.[hangSecondsAnnotation]);
}

export function breakerResetOf(annotations: Annotations): number | undefined {
  return millisecondsOf(annotations?.[breakerResetAnnotation]);
}

export function projectNamespace(object: KubeObject, excluded: ReadonlySet<string>): NamespaceView {
  const { metadata } = object;
  const name = metadata?.name ?? '';
  const hangSeconds = hangSecondsOf(metadata?.annotations);
  const breakerResetAt = breakerResetOf(metadata?.annotations);
  return {
    name,
    mode: excluded.has(name) ? 'disabled' : namespaceMode(metadata?.labels),
    paused: isPaused(metadata),
    localDataDisposable: metadata?.annotations?.[localDataAnnotation] === localDataDisposable,
    ...(hangSeconds === undefined ? {} : { hangSeconds }),
    ...(metadata?.annotations?.[injectAnnotation] === 'false' ? { agentsOptedOut: true } : {}),
    labels: metadata?.labels ?? {},
    ...(breakerResetAt === undefined ? {} : { breakerResetAt }),
  };
}
