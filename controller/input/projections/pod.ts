import { agentContainerName, localDataAnnotation, localDataDisposable } from '#contract/annotations.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { PodSnapshot } from '../../model/snapshot.ts';
import { projectContainer } from './container.ts';
import { controllerOf, isPaused } from './metadata.ts';
import type { RawContainer, RawPod } from './raw-pod.ts';

/** Written by the kubelet on the API's image of a static pod. */
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Labels in which controllers keep the hash of the template: Deployments, then StatefulSets and DaemonSets. */
const templateHashLabels = ['pod-template-hash', 'controller-revision-hash'] as const;

/**
 * A pod reduced to what rules look at, some hundred bytes instead of 8 KB. The injected agent is left out: its
 * failures are not the app's. `previous` carries on what the API forgets.
 */
export function projectPod(object: KubeObject, previous: PodSnapshot | undefined, observedAt: number): PodSnapshot {
  const { metadata, spec, status } = object as RawPod;
  const known = previous?.uid === metadata?.uid ? previous : undefined;
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isReady = ready?.status === 'True';
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    node: spec?.nodeName,
    createdAt: millisecondsOf(metadata?.creationTimestamp) ?? observedAt,
    phase: status?.phase ?? 'Unknown',
    terminating: metadata?.deletionTimestamp !== undefined,
    controller: controllerOf(metadata),
    templateHash: templateHashLabels.map((label) => metadata?.labels?.[label]).find((hash) => hash !== undefined) ?? '',
    mirror: metadata?.annotations?.[mirrorAnnotation] !== undefined,
    paused: isPaused(metadata),
    localData: localDataOf(object),
    ready: isReady,
    readySince: isReady ? millisecondsOf(ready.lastTransitionTime) : undefined,
    containers: appContainers(object).map((container) =>
      projectContainer(
        container,
        statuses.find(({ name }) => name === container.name),
        known?.containers.find(({ name }) => name === container.name),
        observedAt,
      ),
    ),
  };
}

function appContainers({ spec }: RawPod): readonly RawContainer[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].filter(
    ({ name }) => name !== agentContainerName,
  );
}

/** Volumes that end with the pod: disk-backed emptyDirs and generic ephemeral claims that the app itself mounts. */
function localDataOf(pod: RawPod): readonly string[] {
  if (pod.metadata?.annotations?.[localDataAnnotation] === localDataDisposable) return [];
  const mounted = new Set(
    appContainers(pod).flatMap(({ volumeMounts }) => (volumeMounts ?? []).map(({ name }) => name)),
  );
  return (pod.spec?.volumes ?? [])
    .filter(
      ({ emptyDir, ephemeral }) => (emptyDir !== undefined && emptyDir.medium !== 'Memory') || ephemeral !== undefined,
    )
    .map(({ name }) => name)
    .filter((name) => mounted.has(name));
}
