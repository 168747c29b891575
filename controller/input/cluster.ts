import { apiVersion, excludedNamespaces } from '#contract/annotations.ts';
import { incidentResource, type Incident } from '#contract/incident.ts';
import { watchedResources, type WatchedResource } from '#contract/vocabulary.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/logger.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeReflector, type Reflector, type StoreChange } from '#runtime/kubernetes/reflector.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { makeIncidentStore } from './incident-store.ts';
import { projectIncident } from './projections/incident.ts';
import { projectNamespace, projectOwner, type NamespaceView, type OwnerView } from './projections/metadata.ts';
import { projectPod } from './projections/pod.ts';
import type { ReportStore } from './report-store.ts';
import { makeTopology } from './topology.ts';

export interface ClusterOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly releaseNamespace: string;
  readonly ownPodName: string;
  readonly reports: ReportStore;
  /** Must only enqueue the workload's uid. Not called before everything was listed: half a view decides nothing. */
  readonly onWorkload: (workloadUid: string) => void;
}

/** What is known of the cluster: opted-in pods, their owners, namespaces and incidents, kept up by watches. */
export interface Cluster {
  start(): void;
  stop(): Promise<void>;
  /** What has not been listed yet, or undefined when everything has. */
  notReady(): string | undefined;
  snapshotOf(workloadUid: string): WorkloadSnapshot | undefined;
  podByUid(uid: string): PodSnapshot | undefined;
  workloadUidOfPod(podUid: string): string | undefined;
  incidentWritten(incident: Incident): void;
  incidents(): Iterable<Incident>;
  /** Seconds since the API server last said anything, by resource. */
  watchAgeSeconds(resource: WatchedResource): number;
}

export function makeCluster(options: ClusterOptions): Cluster {
  const { clock, releaseNamespace, reports } = options;
  const topology = makeTopology();
  const store = makeIncidentStore();
  const excluded = new Set<string>([...excludedNamespaces, releaseNamespace]);
  const early = new Set<string>();
  let ready = false;
  let releasePaused = false;

  const enqueue = (workloadUid: string): void => {
    if (ready) options.onWorkload(workloadUid);
    else early.add(workloadUid);
  };

  const checkReady = (): void => {
    if (ready || !dependants.every((one) => one.synced())) return;
    ready = true;
    for (const workloadUid of early) options.onWorkload(workloadUid);
    early.clear();
  };

  const kept = (object: KubeObject): boolean => {
    const namespace = object.metadata?.namespace ?? '';
    return namespace === releaseNamespace || (namespaces.items.get(namespace)?.mode ?? 'disabled') !== 'disabled';
  };

  const enqueuePod = (pod: PodSnapshot): void => {
    const uid = topology.workloadOf(pod)?.uid;
    if (uid !== undefined) enqueue(uid);
  };

  const enqueueNamespace = (name?: string): void => {
    for (const pod of pods.items.values()) if (name === undefined || pod.namespace === name) enqueuePod(pod);
  };

  /** The kill switch of the whole release is an annotation on its namespace or on whatever owns our own pod. */
  const checkRelease = (): void => {
    const own = pods.items.get(`${releaseNamespace}/${options.ownPodName}`);
    const ownPaused = own !== undefined && (own.paused || topology.ownerPaused(own));
    const before = releasePaused;
    releasePaused = ownPaused || namespaces.items.get(releaseNamespace)?.paused === true;
    if (before === releasePaused) return;
    options.log.info({ paused: releasePaused }, 'release pause changed');
    enqueueNamespace();
  };

  const namespaceChanged = ({ key, previous, current }: StoreChange<NamespaceView>): void => {
    if (key === releaseNamespace) checkRelease();
    if (previous?.mode === current?.mode && previous?.paused === current?.paused) return;
    if (previous?.mode !== current?.mode && dependants.every((one) => one.synced())) {
      for (const one of dependants) one.relist();
    }
    enqueueNamespace(key);
  };

  const podChanged = (change: StoreChange<PodSnapshot>): void => {
    const { previous, current } = change;
    topology.podChanged(change);
    if (previous && previous.uid !== current?.uid) {
      reports.forget(previous.uid);
      enqueuePod(previous);
    }
    if (current) enqueuePod(current);
    if ((current ?? previous)?.namespace === releaseNamespace) checkRelease();
  };

  const ownerChanged = (change: StoreChange<OwnerView>): void => {
    const { previous, current } = change;
    topology.ownerChanged(change);
    if (previous?.self.uid === current?.self.uid && previous?.paused === current?.paused) return;
    const owner = current ?? previous;
    if (owner === undefined) return;
    enqueue((owner.controller ?? owner.self).uid);
    if (owner.namespace === releaseNamespace) checkRelease();
  };

  const incidentChanged = (change: StoreChange<Incident>): void => {
    store.observed(change);
    const incident = change.current ?? change.previous;
    if (incident) enqueue(incident.spec.workload.uid);
  };

  const common = { transport: options.transport, clock, random: options.random, log: options.log };

  const ownersOf = (resource: string, kind: string): Reflector<OwnerView> =>
    makeReflector<OwnerView>({
      ...common,
      collection: { path: `/apis/apps/v1/${resource}`, metadataOnly: true },
      project: (object) => (kept(object) ? projectOwner(object, kind) : undefined),
      onChange: ownerChanged,
      onListed: checkReady,
    });

  const pods = makeReflector<PodSnapshot>({
    ...common,
    collection: { path: '/api/v1/pods', metadataOnly: false },
    project: (object, previous, observedAt) => (kept(object) ? projectPod(object, previous, observedAt) : undefined),
    onChange: podChanged,
    onListed: checkReady,
  });
  const incidents = makeReflector<Incident>({
    ...common,
    collection: { path: `/apis/${apiVersion}/${incidentResource.plural}`, metadataOnly: false },
    project: projectIncident,
    onChange: incidentChanged,
    onListed: checkReady,
  });
  const replicasets = ownersOf('replicasets', 'ReplicaSet');
  const deployments = ownersOf('deployments', 'Deployment');
  const statefulsets = ownersOf('statefulsets', 'StatefulSet');
  const daemonsets = ownersOf('daemonsets', 'DaemonSet');
  const dependants = [replicasets, deployments, statefulsets, daemonsets, pods, incidents];
  let begun = false;
  const namespaces = makeReflector<NamespaceView>({
    ...common,
    collection: { path: '/api/v1/namespaces', metadataOnly: true },
    project: (object) => projectNamespace(object, excluded),
    onChange: namespaceChanged,
    // Which objects are kept depends on the namespaces, so they come first.
    onListed: () => {
      if (begun) return;
      begun = true;
      for (const one of dependants) one.start();
    },
  });
  const reflectors: Readonly<Record<WatchedResource, Pick<Reflector<unknown>, 'synced' | 'contactAt' | 'stop'>>> = {
    namespaces,
    pods,
    replicasets,
    deployments,
    statefulsets,
    daemonsets,
    incidents,
  };

  return {
    start: () => namespaces.start(),
    stop: async () => void (await Promise.all(Object.values(reflectors).map((one) => one.stop()))),
    notReady: () => {
      const missing = watchedResources.filter((resource) => !reflectors[resource].synced());
      return missing.length === 0 ? undefined : `not listed yet: ${missing.join(', ')}`;
    },
    snapshotOf: (workloadUid) => {
      const owned = topology.podsOf(workloadUid);
      const known = store.ofWorkload(workloadUid);
      const [first] = owned;
      const workload = (first && topology.workloadOf(first)) ?? known[0]?.spec.workload;
      const name = first?.namespace ?? known[0]?.metadata.namespace;
      if (workload === undefined || name === undefined) return undefined;
      const namespace = namespaces.items.get(name);
      const ownerPaused = owned.some((pod) => topology.ownerPaused(pod));
      const pausedBy = releasePaused
        ? 'release'
        : namespace?.paused === true
          ? 'namespace'
          : ownerPaused
            ? 'owner'
            : undefined;
      return {
        namespace: name,
        workload,
        mode: namespace?.mode ?? 'disabled',
        pausedBy,
        pods: namespace?.localDataDisposable === true ? owned.map((pod) => ({ ...pod, localData: [] })) : owned,
        probes: new Map(owned.map(({ uid }) => [uid, reports.probesOf(uid)])),
        incidents: known,
        contactAt: pods.contactAt(),
      };
    },
    podByUid: (uid) => topology.podByUid(uid),
    workloadUidOfPod: (podUid) => {
      const pod = topology.podByUid(podUid);
      return pod && topology.workloadOf(pod)?.uid;
    },
    incidentWritten: (incident) => store.written(incident),
    incidents: () => store.all(),
    watchAgeSeconds: (resource) => Math.max(0, clock.now() - reflectors[resource].contactAt()) / 1000,
  };
}
