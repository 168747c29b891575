import { ruleOnAgent } from '#contract/agent-rule.ts';
import {
  agentContainerName,
  cachePathsAnnotation,
  cacheVolumesAnnotation,
  injectAnnotation,
  injectedAnnotation,
  localDataAnnotation,
  localDataDisposable,
} from '#contract/annotations.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { PodSnapshot } from '../../model/snapshot.ts';
import { projectAgentContainer } from './agent-container.ts';
import { projectContainer } from './container.ts';
import { nothingShared, type Interner } from './intern.ts';
import { controllerOf, hangSecondsOf, isPaused } from './metadata.ts';
import type { RawCondition, RawContainer, RawPod } from './raw-pod.ts';

/** Written by the kubelet on the API's image of a static pod. */
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Labels in which controllers keep the hash of the template: Deployments, then StatefulSets and DaemonSets. */
const templateHashLabels = ['pod-template-hash', 'controller-revision-hash'] as const;

const defaultGraceSeconds = 30;
const keptMessageCharacters = 300;

/** A scheduler's message names every reason of every node. */
const keptUnschedulableCharacters = 500;

const noVolumes: readonly string[] = [];
const noNames: Readonly<Record<string, string>> = {};
const namespaceOptsOut = { [injectAnnotation]: 'false' };

/**
 * A pod reduced to what rules look at, some hundred bytes instead of 8 KB. The injected agent is none of its
 * containers: its failures are not the app's. `previous` carries on what the API forgets.
 */
export function projectPod(
  object: KubeObject,
  previous: PodSnapshot | undefined,
  observedAt: number,
  interner: Interner = nothingShared,
): PodSnapshot {
  const { metadata, spec, status } = object as RawPod;
  const known = previous?.uid === metadata?.uid ? previous : undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isReady = ready?.status === 'True';
  const createdAt = millisecondsOf(metadata?.creationTimestamp) ?? observedAt;
  const unschedulable = unschedulableOf(status?.conditions, createdAt);
  const controller = controllerOf(metadata);
  const hangSeconds = hangSecondsOf(metadata?.annotations);
  const hash = templateHashLabels.map((label) => metadata?.labels?.[label]).find((one) => one !== undefined);
  return {
    namespace: interner.text(metadata?.namespace ?? ''),
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    labels: interner.labels(metadata?.labels ?? noNames),
    node: spec?.nodeName === undefined ? undefined : interner.text(spec.nodeName),
    createdAt,
    phase: interner.text(status?.phase ?? 'Unknown'),
    ...(status?.reason === undefined ? {} : { statusReason: interner.text(status.reason) }),
    ...(status?.message === undefined ? {} : { statusMessage: status.message.slice(0, keptMessageCharacters) }),
    ...deletionOf(metadata, interner),
    ...(unschedulable ? { unschedulable } : {}),
    controller: controller && interner.reference(controller),
    templateHash: interner.text(hash ?? ''),
    mirror: metadata?.annotations?.[mirrorAnnotation] !== undefined,
    paused: isPaused(metadata),
    injected: isInjected(object),
    ...agentOf(object, known, observedAt, interner),
    ...lackOf(object),
    localData: localDataOf(object, interner),
    ...(namesCache(metadata?.annotations) ? { cache: true } : {}),
    ...(hangSeconds === undefined ? {} : { hangSeconds }),
    graceSeconds: spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds,
    ready: isReady,
    readySince: isReady ? millisecondsOf(ready.lastTransitionTime) : undefined,
    containers: containersOf(object, known, createdAt, observedAt, interner),
  };
}

function agentOf(
  pod: RawPod,
  known: PodSnapshot | undefined,
  observedAt: number,
  interner: Interner,
): Pick<PodSnapshot, 'agent'> {
  const agent = projectAgentContainer(pod, known?.agent, observedAt, interner);
  return agent === undefined ? {} : { agent };
}

function deletionOf(
  metadata: RawPod['metadata'],
  interner: Interner,
): Pick<PodSnapshot, 'terminating' | 'deletionDueAt' | 'finalizers'> {
  const deletionDueAt = millisecondsOf(metadata?.deletionTimestamp);
  const finalizers = metadata?.finalizers ?? [];
  return {
    terminating: metadata?.deletionTimestamp !== undefined,
    ...(deletionDueAt === undefined ? {} : { deletionDueAt }),
    ...(finalizers.length === 0 ? {} : { finalizers: finalizers.map((one) => interner.text(one)) }),
  };
}

function containersOf(
  pod: RawPod,
  known: PodSnapshot | undefined,
  podCreatedAt: number,
  observedAt: number,
  interner: Interner,
): PodSnapshot['containers'] {
  const { spec, status } = pod;
  const injected = isInjected(pod);
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return appContainers(pod).map((container) =>
    projectContainer(
      container,
      {
        status: statuses.find(({ name }) => name === container.name),
        previous: known?.containers.find(({ name }) => name === container.name),
        podCreatedAt,
        observedAt,
        // One that restarts always is a sidecar, which runs as long as the app does.
        init: container.restartPolicy !== 'Always' && spec?.initContainers?.includes(container) === true,
        injected,
      },
      interner,
    ),
  );
}

function appContainers({ spec }: RawPod): readonly RawContainer[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].filter(
    ({ name }) => name !== agentContainerName,
  );
}

function isInjected({ metadata, spec }: RawPod): boolean {
  return (
    metadata?.annotations?.[injectedAnnotation] !== undefined ||
    spec?.initContainers?.some(({ name }) => name === agentContainerName) === true
  );
}

/** By the webhook's own rule, asked once for either word of the namespace, which may change while the pod lives. */
function lackOf(pod: KubeObject): Pick<PodSnapshot, 'lacksAgent'> {
  const raw = { ...pod };
  if ('skip' in ruleOnAgent(raw, noNames)) return {};
  return { lacksAgent: 'skip' in ruleOnAgent(raw, namespaceOptsOut) ? 'by-default' : 'by-own-word' };
}

function namesCache(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return [cacheVolumesAnnotation, cachePathsAnnotation].some((key) => (annotations?.[key] ?? '').trim() !== '');
}

function unschedulableOf(
  conditions: readonly RawCondition[] | undefined,
  createdAt: number,
): PodSnapshot['unschedulable'] {
  const scheduled = conditions?.find(({ type }) => type === 'PodScheduled');
  // Another reason, such as SchedulingGated, is somebody's wish and no fault.
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  return {
    since: millisecondsOf(scheduled.lastTransitionTime) ?? createdAt,
    message: (scheduled.message ?? '').slice(0, keptUnschedulableCharacters),
  };
}

/** Volumes that end with the pod: disk-backed emptyDirs and generic ephemeral claims that the app itself mounts. */
function localDataOf(pod: RawPod, interner: Interner): readonly string[] {
  if (pod.metadata?.annotations?.[localDataAnnotation] === localDataDisposable) return noVolumes;
  const volumes = (pod.spec?.volumes ?? []).filter(
    ({ emptyDir, ephemeral }) => (emptyDir !== undefined && emptyDir.medium !== 'Memory') || ephemeral !== undefined,
  );
  if (volumes.length === 0) return noVolumes;
  const mounted = new Set(
    appContainers(pod).flatMap(({ volumeMounts }) => (volumeMounts ?? []).map(({ name }) => name)),
  );
  const names = volumes.map(({ name }) => name).filter((name) => mounted.has(name));
  return names.length === 0 ? noVolumes : interner.shared(`volumes ${names.join(',')}`, () => names);
}
