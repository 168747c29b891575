import {
  localDataAnnotation,
  localDataDisposable,
  namespaceMode,
  pausedAnnotation,
  type NamespaceMode,
} from '#contract/annotations.ts';
import type { KubeObject, ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { WorkloadReference } from '../../model/snapshot.ts';

export interface NamespaceView {
  readonly name: string;
  readonly mode: NamespaceMode;
  readonly paused: boolean;
  /** Default for pods that don't say it themselves. */
  readonly localDataDisposable: boolean;
}

/** An object that may own pods or ReplicaSets: who owns it in turn, and whether someone paused it. */
export interface OwnerView {
  readonly namespace: string;
  readonly self: WorkloadReference;
  readonly controller: WorkloadReference | undefined;
  readonly paused: boolean;
}

export function isPaused(metadata: ObjectMetadata | undefined): boolean {
  return metadata?.annotations?.[pausedAnnotation] === 'true';
}

/** The one owner that makes new ones of this object; other owner references are only for garbage collection. */
export function controllerOf(metadata: ObjectMetadata | undefined): WorkloadReference | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  return owner && { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid };
}

export function projectNamespace(object: KubeObject, excluded: ReadonlySet<string>): NamespaceView {
  const name = object.metadata?.name ?? '';
  const mode = excluded.has(name) ? 'disabled' : namespaceMode(object.metadata?.labels);
  const disposable = object.metadata?.annotations?.[localDataAnnotation] === localDataDisposable;
  return { name, mode, paused: isPaused(object.metadata), localDataDisposable: disposable };
}

/** `kind` is given, since an object that is read for its metadata alone doesn't tell its own. */
export function projectOwner(object: KubeObject, kind: string): OwnerView {
  const { metadata } = object;
  return {
    namespace: metadata?.namespace ?? '',
    self: { apiVersion: 'apps/v1', kind, name: metadata?.name ?? '', uid: metadata?.uid ?? '' },
    controller: controllerOf(metadata),
    paused: isPaused(metadata),
  };
}
