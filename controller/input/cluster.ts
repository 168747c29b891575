import { excludedNamespaces } from '#contract/annotations.ts';
import type { Incident } from '#contract/incident.ts';
import type { WatchedResource } from '#contract/vocabulary.ts';
import type { StoreChange } from '#runtime/kubernetes/reflector.ts';
import type { PolicySnapshot } from '../model/policy.ts';
import type { NamedAction, NodeSnapshot, PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { makeDeclarations } from './declarations.ts';
import { makeEventStore } from './event-store.ts';
import { makeIncidentStore } from './incident-store.ts';
import { lacksAgent } from './lacks-agent.ts';
import type { EventView } from './projections/event.ts';
import type { NamespaceView } from './projections/metadata.ts';
import type { OwnerView } from './projections/owner.ts';
import { makeRecentActivity } from './recent-activity.ts';
import type { ReportStore } from './report-store.ts';
import { makeTopology } from './topology.ts';
import { makeWatches, type WatchesOptions } from './watches.ts';
import { workloadSnapshot } from './workload-snapshot.ts';

/** An event may be seen this much before what it is about; a later one is about something that is gone. */
const subjectDelayMilliseconds = 60_000;

export interface ClusterOptions extends Pick<
  WatchesOptions,
  'transport' | 'clock' | 'random' | 'log' | 'releaseNamespace' | 'projectPolicy'
> {
  readonly ownPodName: string;
  readonly reports: ReportStore;
  /** Must only enqueue the workload's uid. Not called before everything was listed: half a view decides nothing. */
  readonly onWorkload: (workloadUid: string) => void;
}

/** What is known of the cluster: opted-in pods and whatever decisions about them need, kept up by watches. */
export interface Cluster {
  start(): void;
  stop(): Promise<void>;
  /** What has not been listed yet, or undefined when everything has. */
  notReady(): string | undefined;
  snapshotOf(workloadUid: string): WorkloadSnapshot | undefined;
  podByUid(uid: string): PodSnapshot | undefined;
  workloadUidOfPod(podUid: string): string | undefined;
  incidentWritten(incident: Incident): void;
  /**
   * Counts an action whose intent is about to be written in every snapshot from now on, so that looks at other
   * workloads that run meanwhile see it. What is returned ends that: call it right after `incidentWritten`, or when
   * the write has failed. Calling it again changes nothing.
   */
  reserve(action: NamedAction): () => void;
  incidents(): Iterable<Incident>;
  /** Everything of the opted-in namespaces that has pods, or declares that it should have. */
  workloads(): Iterable<{ readonly uid: string; readonly namespace: string }>;
  allPolicies(): readonly PolicySnapshot[];
  /** Pods that live, should carry the agent and don't. */
  podsWithoutAgent(): Iterable<PodSnapshot>;
  /** Since when, in milliseconds since the epoch, a webhook of the release is ready; undefined while none is. */
  injectingSince(): number | undefined;
  optedInNamespaces(): Iterable<string>;
  /** Pods of opted-in namespaces that carry the agent. */
  injectedPods(): Iterable<PodSnapshot>;
  /** Names every workload again: what was found while another led has been looked at by nobody here. */
  enqueueAll(): void;
  /** Objects whose events were let go early, for want of room. */
  eventsDropped(): number;
  /** Whether the kill switch of the whole release is on. */
  releasePaused(): boolean;
  /** Seconds since the API server last said anything, by resource. */
  watchAgeSeconds(resource: WatchedResource): number;
}

export function makeCluster(options: ClusterOptions): Cluster {
  const { clock, releaseNamespace, reports } = options;
  const excluded = new Set<string>([...excludedNamespaces, releaseNamespace]);
  const topology = makeTopology();
  const declarations = makeDeclarations();
  const events = makeEventStore();
  const activity = makeRecentActivity();
  const store = makeIncidentStore((previous, current) => activity.incidentChanged(previous, current, clock.now()));
  const early = new Set<string>();
  let ready = false;
  let releasePaused = false;

  const enqueue = (workloadUid: string): void => {
    if (ready) options.onWorkload(workloadUid);
    else early.add(workloadUid);
  };

  const checkReady = (): void => {
    events.sweep(clock.now());
    if (ready || watches.missing().length > 0) return;
    ready = true;
    for (const workloadUid of early) options.onWorkload(workloadUid);
    early.clear();
  };

  const enqueuePod = (pod: PodSnapshot): void => {
    const uid = topology.workloadOf(pod)?.uid;
    if (uid !== undefined) enqueue(uid);
  };

  const enqueueTroubled = (namespace: string): void => {
    for (const workloadUid of store.troubledIn(namespace)) enqueue(workloadUid);
  };

  const enqueueNamespace = (name: string): void => {
    for (const { uid, namespace } of topology.workloads()) if (namespace === name) enqueue(uid);
    enqueueTroubled(name);
  };

  const enqueueAll = (): void => {
    for (const { uid } of topology.workloads()) enqueue(uid);
    for (const name of watches.namespaces.keys()) enqueueTroubled(name);
  };

  /** The kill switch of the whole release is an annotation on its namespace or on whatever owns our own pod. */
  const checkRelease = (): void => {
    const own = watches.pods.get(`${releaseNamespace}/${options.ownPodName}`);
    const ownPaused = own !== undefined && (own.paused || topology.ownerPaused(own));
    const before = releasePaused;
    releasePaused = ownPaused || watches.namespaces.get(releaseNamespace)?.paused === true;
    if (before === releasePaused) return;
    options.log.info({ paused: releasePaused }, 'release pause changed');
    enqueueAll();
  };

  const namespaceChanged = ({ key, previous, current }: StoreChange<NamespaceView>): void => {
    if (key === releaseNamespace) {
      checkRelease();
      if (previous?.breakerResetAt !== current?.breakerResetAt) enqueueAll();
    }
    if (isOptedIn(previous) !== isOptedIn(current)) watches.relist();
    enqueueNamespace(key);
  };

  const nodeChanged = ({ key, previous, current }: StoreChange<NodeSnapshot>): void => {
    if (previous?.ready === current?.ready) return;
    for (const pod of topology.podsOnNode(key)) enqueuePod(pod);
  };

  const podChanged = (change: StoreChange<PodSnapshot>): void => {
    const { previous, current } = change;
    topology.podChanged(change);
    if (previous && previous.uid !== current?.uid) {
      reports.forget(previous.uid);
      events.forget(previous.uid);
      enqueuePod(previous);
    }
    if (current) enqueuePod(current);
    if ((current ?? previous)?.namespace === releaseNamespace) checkRelease();
  };

  const ownerChanged = (change: StoreChange<OwnerView>): void => {
    const { previous, current } = change;
    topology.ownerChanged(change);
    if (previous && previous.self.uid !== current?.self.uid) events.forget(previous.self.uid);
    const owner = current ?? previous;
    if (owner === undefined) return;
    // Jobs are left to their own limits; their pods tell when one is to be looked at.
    if (owner.self.kind === 'ReplicaSet') enqueue((owner.controller ?? owner.self).uid);
    else if (owner.self.kind !== 'Job') enqueue(owner.self.uid);
    if (owner.namespace === releaseNamespace) checkRelease();
  };

  const policyChanged = (change: StoreChange<PolicySnapshot>): void => {
    declarations.policyChanged(change);
    const policy = change.current ?? change.previous;
    if (policy?.scope === 'namespace') enqueueNamespace(policy.namespace);
    else enqueueAll();
  };

  const eventSeen = (view: EventView): void => {
    const workloadUid = topology.workloadUidOf(view.subjectUid);
    const gone = ready && workloadUid === undefined && clock.now() - view.event.lastAt > subjectDelayMilliseconds;
    if (gone || !events.take(view, clock.now())) return;
    if (workloadUid !== undefined) enqueue(workloadUid);
  };

  const incidentChanged = (change: StoreChange<Incident>): void => {
    store.observed(change);
    const incident = change.current ?? change.previous;
    if (incident) enqueue(incident.spec.workload.uid);
  };

  const watches = makeWatches({
    ...options,
    excluded,
    onNamespace: namespaceChanged,
    onNode: nodeChanged,
    onOwner: ownerChanged,
    onAutoscaler: (change) => {
      declarations.autoscalerChanged(change);
      enqueueTroubled((change.current ?? change.previous)?.namespace ?? '');
    },
    onBudget: (change) => {
      declarations.budgetChanged(change);
      enqueueTroubled((change.current ?? change.previous)?.namespace ?? '');
    },
    onPolicy: policyChanged,
    onEvent: eventSeen,
    onPod: podChanged,
    onIncident: incidentChanged,
    onListed: checkReady,
  });
  const { namespaces, nodes } = watches;
  const world = { topology, declarations, incidents: store, activity, events, reports, namespaces, nodes };

  return {
    start: () => watches.start(),
    stop: () => watches.stop(),
    notReady: () => {
      const missing = watches.missing();
      return missing.length === 0 ? undefined : `not listed yet: ${missing.join(', ')}`;
    },
    snapshotOf: (workloadUid) =>
      workloadSnapshot({ ...world, releaseNamespace }, workloadUid, {
        now: clock.now(),
        contactAt: watches.contactAt('pods'),
        releasePaused,
      }),
    podByUid: (uid) => topology.podByUid(uid),
    workloadUidOfPod: (podUid) => {
      const pod = topology.podByUid(podUid);
      return pod && topology.workloadOf(pod)?.uid;
    },
    incidentWritten: (incident) => store.written(incident),
    reserve: (action) => activity.reserve(action),
    incidents: () => store.all(),
    workloads: function* () {
      for (const one of topology.workloads()) if (one.namespace !== releaseNamespace) yield one;
    },
    allPolicies: () => declarations.allPolicies(),
    podsWithoutAgent: function* () {
      for (const pod of watches.pods.values()) {
        if (isLive(pod) && lacksAgent(pod, namespaces.get(pod.namespace))) yield pod;
      }
    },
    injectingSince: () => {
      const since = [...watches.pods.values()].flatMap((pod) =>
        pod.namespace === releaseNamespace && isWebhook(pod) ? (pod.readySince ?? []) : [],
      );
      return since.length === 0 ? undefined : Math.min(...since);
    },
    optedInNamespaces: function* () {
      for (const view of namespaces.values()) if (isOptedIn(view) && !excluded.has(view.name)) yield view.name;
    },
    injectedPods: function* () {
      for (const pod of watches.pods.values()) if (pod.agent && pod.namespace !== releaseNamespace) yield pod;
    },
    enqueueAll,
    eventsDropped: () => events.droppedCount,
    releasePaused: () => releasePaused,
    watchAgeSeconds: (resource) => Math.max(0, clock.now() - watches.contactAt(resource)) / 1000,
  };
}

function isOptedIn(namespace: NamespaceView | undefined): boolean {
  return namespace !== undefined && namespace.mode !== 'disabled';
}

function isLive({ terminating, phase }: PodSnapshot): boolean {
  return !terminating && phase !== 'Succeeded' && phase !== 'Failed';
}

/** By the label that the chart gives it. */
function isWebhook({ labels, terminating }: PodSnapshot): boolean {
  return !terminating && labels['app.kubernetes.io/component'] === 'webhook';
}
