import { apiVersion } from '#contract/annotations.ts';
import { incidentResource, type Incident } from '#contract/incident.ts';
import { watchedResources, type WatchedResource } from '#contract/vocabulary.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Collection } from '#runtime/kubernetes/list.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeReflector, type Reflector, type StoreChange } from '#runtime/kubernetes/reflector.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { PolicySnapshot } from '../model/policy.ts';
import type { NodeSnapshot, PodSnapshot } from '../model/snapshot.ts';
import { projectAutoscaler, type AutoscalerView } from './projections/autoscaler.ts';
import { projectDisruptionBudget, type DisruptionBudgetView } from './projections/disruption-budget.ts';
import { projectEvent, type EventView } from './projections/event.ts';
import { projectIncident } from './projections/incident.ts';
import { makeInterner } from './projections/intern.ts';
import { projectNamespace, type NamespaceView } from './projections/metadata.ts';
import { projectNode } from './projections/node.ts';
import { projectOwner, type OwnerView } from './projections/owner.ts';
import { projectPod } from './projections/pod.ts';

/** Distinct labels, images, names of containers and so on of a large cluster. */
const internedValues = 200_000;

export interface WatchesOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly releaseNamespace: string;
  /** Namespaces that are never opted in. */
  readonly excluded: ReadonlySet<string>;
  readonly projectPolicy: (object: KubeObject) => PolicySnapshot;
  readonly onNamespace: (change: StoreChange<NamespaceView>) => void;
  readonly onNode: (change: StoreChange<NodeSnapshot>) => void;
  readonly onOwner: (change: StoreChange<OwnerView>) => void;
  readonly onAutoscaler: (change: StoreChange<AutoscalerView>) => void;
  readonly onBudget: (change: StoreChange<DisruptionBudgetView>) => void;
  readonly onPolicy: (change: StoreChange<PolicySnapshot>) => void;
  readonly onEvent: (event: EventView) => void;
  readonly onPod: (change: StoreChange<PodSnapshot>) => void;
  readonly onIncident: (change: StoreChange<Incident>) => void;
  /** Called after each complete list of any resource. */
  readonly onListed: () => void;
}

/** The watches of everything that decisions need. What is told of is a change of what is kept, not of the object. */
export interface Watches {
  readonly namespaces: ReadonlyMap<string, NamespaceView>;
  readonly nodes: ReadonlyMap<string, NodeSnapshot>;
  readonly pods: ReadonlyMap<string, PodSnapshot>;
  start(): void;
  stop(): Promise<void>;
  /** Lists anew what is kept by namespace; needed when a namespace was opted in or out. */
  relist(): void;
  /** Resources that have not been listed yet. */
  missing(): readonly WatchedResource[];
  contactAt(resource: WatchedResource): number;
}

export function makeWatches(options: WatchesOptions): Watches {
  const { transport, clock, random, log } = options;
  const interner = makeInterner(internedValues);

  const follow = <Kept>(
    path: string,
    project: (object: KubeObject, previous: Kept | undefined, observedAt: number) => Kept | undefined,
    onChange: (change: StoreChange<Kept>) => void,
    collection: Partial<Collection> = {},
  ): Reflector<Kept> =>
    makeReflector<Kept>({
      transport,
      clock,
      random,
      log,
      collection: { path, metadataOnly: false, ...collection },
      project,
      onChange,
      onListed: options.onListed,
    });

  const kept = ({ metadata }: KubeObject): boolean => {
    const name = metadata?.namespace ?? '';
    return name === options.releaseNamespace || (namespaces.items.get(name)?.mode ?? 'disabled') !== 'disabled';
  };

  const ownersOf = (resource: string, kind: string): Reflector<OwnerView> =>
    follow<OwnerView>(
      `/apis/apps/v1/${resource}`,
      (object) => (kept(object) ? projectOwner(object, kind) : undefined),
      options.onOwner,
    );

  const byNamespace = {
    replicasets: ownersOf('replicasets', 'ReplicaSet'),
    deployments: ownersOf('deployments', 'Deployment'),
    statefulsets: ownersOf('statefulsets', 'StatefulSet'),
    daemonsets: ownersOf('daemonsets', 'DaemonSet'),
    jobs: follow<OwnerView>(
      '/apis/batch/v1/jobs',
      (object) => (kept(object) ? projectOwner(object, 'Job', 'batch/v1') : undefined),
      options.onOwner,
      { metadataOnly: true },
    ),
    horizontalpodautoscalers: follow<AutoscalerView>(
      '/apis/autoscaling/v2/horizontalpodautoscalers',
      (object) => (kept(object) ? projectAutoscaler(object) : undefined),
      options.onAutoscaler,
    ),
    poddisruptionbudgets: follow<DisruptionBudgetView>(
      '/apis/policy/v1/poddisruptionbudgets',
      (object) => (kept(object) ? projectDisruptionBudget(object) : undefined),
      options.onBudget,
    ),
    pods: follow<PodSnapshot>(
      '/api/v1/pods',
      (object, previous, observedAt) => (kept(object) ? projectPod(object, previous, observedAt, interner) : undefined),
      options.onPod,
    ),
    // Handed on at once and not kept here: there may be many, and the store has a bound and an age for them.
    events: follow<never>(
      '/api/v1/events',
      (object, _previous, observedAt) => {
        const event = kept(object) ? projectEvent(object, observedAt) : undefined;
        if (event) options.onEvent(event);
        return undefined;
      },
      () => undefined,
      { fieldSelector: 'type=Warning' },
    ),
  };
  const dependants = {
    ...byNamespace,
    nodes: follow<NodeSnapshot>(
      '/api/v1/nodes',
      (object, _previous, observedAt) => projectNode(object, observedAt),
      options.onNode,
    ),
    remediationpolicies: follow<PolicySnapshot>(
      `/apis/${apiVersion}/remediationpolicies`,
      options.projectPolicy,
      options.onPolicy,
    ),
    clusterremediationpolicies: follow<PolicySnapshot>(
      `/apis/${apiVersion}/clusterremediationpolicies`,
      options.projectPolicy,
      options.onPolicy,
    ),
    incidents: follow<Incident>(`/apis/${apiVersion}/${incidentResource.plural}`, projectIncident, options.onIncident),
  };
  let begun = false;
  const namespaces = makeReflector<NamespaceView>({
    transport,
    clock,
    random,
    log,
    collection: { path: '/api/v1/namespaces', metadataOnly: true },
    project: (object) => projectNamespace(object, options.excluded),
    onChange: options.onNamespace,
    // Which objects are kept depends on the namespaces, so they come first.
    onListed: () => {
      if (begun) return;
      begun = true;
      for (const one of Object.values(dependants)) one.start();
    },
  });
  const reflectors: Readonly<Record<WatchedResource, Pick<Reflector<unknown>, 'synced' | 'contactAt' | 'stop'>>> = {
    namespaces,
    ...dependants,
  };

  return {
    namespaces: namespaces.items,
    nodes: dependants.nodes.items,
    pods: byNamespace.pods.items,
    start: () => namespaces.start(),
    stop: async () => void (await Promise.all(Object.values(reflectors).map((one) => one.stop()))),
    relist: () => {
      if (begun) for (const one of Object.values(byNamespace)) one.relist();
    },
    missing: () => watchedResources.filter((resource) => !reflectors[resource].synced()),
    contactAt: (resource) => reflectors[resource].contactAt(),
  };
}
