import type { ClusterView, NodeSnapshot, PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import type { Declarations } from './declarations.ts';
import type { EventStore } from './event-store.ts';
import type { IncidentStore } from './incident-store.ts';
import { lacksAgent } from './lacks-agent.ts';
import type { NamespaceView } from './projections/metadata.ts';
import type { RecentActivity } from './recent-activity.ts';
import type { ReportStore } from './report-store.ts';
import type { Topology } from './topology.ts';

/** Everything that a snapshot is put together from. */
export interface KnownWorld {
  readonly topology: Topology;
  readonly declarations: Declarations;
  readonly incidents: Pick<IncidentStore, 'ofWorkload'>;
  readonly activity: Pick<RecentActivity, 'at'>;
  readonly events: Pick<EventStore, 'ofSubject'>;
  readonly reports: Pick<ReportStore, 'agentOf'>;
  readonly namespaces: ReadonlyMap<string, NamespaceView>;
  readonly nodes: ReadonlyMap<string, NodeSnapshot>;
  readonly releaseNamespace: string;
}

/** One workload as it is known now; undefined for one of which nothing is left. */
export function workloadSnapshot(
  world: KnownWorld,
  workloadUid: string,
  at: { readonly now: number; readonly contactAt: number; readonly releasePaused: boolean },
): WorkloadSnapshot | undefined {
  const { topology, declarations } = world;
  const owned = topology.podsOf(workloadUid);
  const incidents = world.incidents.ofWorkload(workloadUid);
  const declared = topology.declared(workloadUid);
  const [first] = owned;
  const workload = (first && topology.workloadOf(first)) ?? declared?.self ?? incidents[0]?.spec.workload;
  const name = first?.namespace ?? declared?.namespace ?? incidents[0]?.metadata.namespace;
  // The uid of a part of a workload, such as one of its ReplicaSets, is none of a workload.
  if (workload?.uid !== workloadUid || name === undefined) return undefined;
  const namespace = world.namespaces.get(name);
  const replicaSets = topology.replicaSetsOf(workloadUid);
  const nodes = new Set(owned.flatMap(({ node }) => node ?? []));
  const subjects = [...owned, ...replicaSets, workload].map(({ uid }) => uid);
  return {
    namespace: name,
    workload,
    mode: namespace?.mode ?? 'disabled',
    pausedBy: pausedBy(topology, owned, namespace, declared?.paused === true, at.releasePaused),
    pods: withDefaults(owned, namespace),
    owner: topology.ownerOf(workloadUid),
    replicaSets,
    autoscaler: declarations.autoscalerOf(name, workload),
    disruptionBudgets: declarations.budgetsIn(name),
    nodes: pick(nodes, (node) => world.nodes.get(node)),
    events: pick(subjects, (uid) => {
      const events = world.events.ofSubject(uid, at.now);
      return events.length === 0 ? undefined : events;
    }),
    agents: pick(
      owned.map(({ uid }) => uid),
      (uid) => world.reports.agentOf(uid),
    ),
    policies: declarations.policiesFor(name, namespace?.labels ?? {}),
    incidents,
    cluster: clusterView(world, name, nodes, at.now),
    contactAt: at.contactAt,
  };
}

function clusterView(world: KnownWorld, name: string, nodes: ReadonlySet<string>, now: number): ClusterView {
  const { topology, namespaces, releaseNamespace } = world;
  return {
    ...world.activity.at(now),
    namespaceWorkloads: topology.workloadCount(name),
    // The release's own are watched for the sake of its kill switch alone.
    clusterWorkloads: topology.workloadCount() - topology.workloadCount(releaseNamespace),
    podsOfNodes: pick(nodes, (node) => topology.podsOfNode(node)),
    namespaceResetAt: namespaces.get(name)?.breakerResetAt,
    clusterResetAt: namespaces.get(releaseNamespace)?.breakerResetAt,
  };
}

function pausedBy(
  topology: Topology,
  pods: readonly PodSnapshot[],
  namespace: NamespaceView | undefined,
  declaredPaused: boolean,
  releasePaused: boolean,
): WorkloadSnapshot['pausedBy'] {
  if (releasePaused) return 'release';
  if (namespace?.paused === true) return 'namespace';
  return declaredPaused || pods.some((pod) => topology.ownerPaused(pod)) ? 'owner' : undefined;
}

/** A namespace's annotations speak for those of its pods that don't say it themselves. */
function withDefaults(pods: readonly PodSnapshot[], namespace: NamespaceView | undefined): readonly PodSnapshot[] {
  const { localDataDisposable = false, hangSeconds, agentsOptedOut = false } = namespace ?? {};
  if (!localDataDisposable && hangSeconds === undefined && !agentsOptedOut) return pods;
  return pods.map(({ lacksAgent: lack, ...pod }) => ({
    ...(hangSeconds === undefined ? {} : { hangSeconds }),
    ...pod,
    ...(lack !== undefined && lacksAgent({ ...pod, lacksAgent: lack }, namespace) ? { lacksAgent: lack } : {}),
    ...(localDataDisposable ? { localData: [] } : {}),
  }));
}

function pick<Value>(keys: Iterable<string>, valueOf: (key: string) => Value | undefined): ReadonlyMap<string, Value> {
  const picked = new Map<string, Value>();
  for (const key of keys) {
    const value = valueOf(key);
    if (value !== undefined) picked.set(key, value);
  }
  return picked;
}
