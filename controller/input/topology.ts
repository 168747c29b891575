import type { StoreChange } from '#runtime/kubernetes/reflector.ts';
import type { OwnerSnapshot, PodSnapshot, ReplicaSetSnapshot, WorkloadReference } from '../model/snapshot.ts';
import { makeCensus, type NodeCount } from './census.ts';
import { makeMultiMap } from './multi-map.ts';
import type { OwnerView } from './projections/owner.ts';

/** Who owns whom, kept by uid so that finding a workload's pods does not depend on how many pods there are. */
export interface Topology {
  podChanged(change: StoreChange<PodSnapshot>): void;
  ownerChanged(change: StoreChange<OwnerView>): void;
  /** The workload of a pod; undefined while its ReplicaSet has not been seen yet. */
  workloadOf(pod: PodSnapshot): WorkloadReference | undefined;
  /** The workload that a pod or an owner belongs to, whichever the uid is of. */
  workloadUidOf(uid: string): string | undefined;
  podsOf(workloadUid: string): readonly PodSnapshot[];
  podByUid(uid: string): PodSnapshot | undefined;
  podsOnNode(node: string): readonly PodSnapshot[];
  ownerOf(workloadUid: string): OwnerSnapshot | undefined;
  /** What an owner that may have no pods is called, and where it is; undefined for one that was not seen. */
  declared(workloadUid: string): OwnerView | undefined;
  /** Whatever has pods, and whatever declares that it should have. */
  workloads(): Iterable<{ readonly uid: string; readonly namespace: string }>;
  /** A Deployment's, newest first. */
  replicaSetsOf(workloadUid: string): readonly ReplicaSetSnapshot[];
  /** Whether the pod's direct owner or that one's owner is paused. */
  ownerPaused(pod: PodSnapshot): boolean;
  /** Workloads with pods in a namespace, or in all. */
  workloadCount(namespace?: string): number;
  podsOfNode(node: string): NodeCount;
}

export function makeTopology(): Topology {
  const pods = new Map<string, PodSnapshot>();
  const owners = new Map<string, OwnerView>();
  const podsByController = makeMultiMap();
  const podsByNode = makeMultiMap();
  const replicaSetsByController = makeMultiMap();
  const census = makeCensus();

  const podsByUid = (uids: Iterable<string>): readonly PodSnapshot[] =>
    [...uids].flatMap((uid) => {
      const pod = pods.get(uid);
      return pod ? [pod] : [];
    });

  const topOf = (ownerUid: string): string => {
    const owner = owners.get(ownerUid);
    return owner?.self.kind === 'ReplicaSet' ? (owner.controller?.uid ?? ownerUid) : ownerUid;
  };

  const workloadOf = (pod: PodSnapshot): WorkloadReference | undefined => {
    const controller = ownedBy(pod);
    if (controller === undefined) return { apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid };
    if (controller.kind !== 'ReplicaSet') return controller;
    const replicaSet = owners.get(controller.uid);
    return replicaSet && (replicaSet.controller ?? replicaSet.self);
  };

  return {
    podChanged: ({ previous, current }) => {
      if (previous) {
        pods.delete(previous.uid);
        if (previous.controller) podsByController.remove(previous.controller.uid, previous.uid);
        if (previous.node !== undefined) podsByNode.remove(previous.node, previous.uid);
        census.podRemoved(previous, ownedBy(previous)?.uid ?? previous.uid);
      }
      if (current) {
        const groupUid = ownedBy(current)?.uid ?? current.uid;
        pods.set(current.uid, current);
        if (current.controller) podsByController.add(current.controller.uid, current.uid);
        if (current.node !== undefined) podsByNode.add(current.node, current.uid);
        census.podAdded(current, groupUid, topOf(groupUid));
      }
    },
    ownerChanged: ({ previous, current }) => {
      if (previous) {
        owners.delete(previous.self.uid);
        if (previous.controller) replicaSetsByController.remove(previous.controller.uid, previous.self.uid);
      }
      if (current) {
        owners.set(current.self.uid, current);
        // A Job is a workload of its own, not a part of its CronJob.
        if (current.controller && current.replicaSet) {
          replicaSetsByController.add(current.controller.uid, current.self.uid);
        }
        census.groupMoved(current.self.uid, topOf(current.self.uid));
      }
    },
    workloadOf,
    workloadUidOf: (uid) => {
      const pod = pods.get(uid);
      if (pod) return workloadOf(pod)?.uid;
      return owners.has(uid) ? topOf(uid) : undefined;
    },
    podsOf: (workloadUid) => [
      ...podsByUid([workloadUid]),
      ...podsByUid(podsByController.get(workloadUid)),
      ...[...replicaSetsByController.get(workloadUid)].flatMap((uid) => podsByUid(podsByController.get(uid))),
    ],
    podByUid: (uid) => pods.get(uid),
    podsOnNode: (node) => podsByUid(podsByNode.get(node)),
    ownerOf: (workloadUid) => owners.get(workloadUid)?.owner,
    declared: (workloadUid) => {
      const owner = owners.get(workloadUid);
      return owner?.owner && owner;
    },
    workloads: function* () {
      const populated = census.workloads();
      for (const [uid, { namespace }] of populated) yield { uid, namespace };
      for (const [uid, { owner, namespace }] of owners) if (owner && !populated.has(uid)) yield { uid, namespace };
    },
    replicaSetsOf: (workloadUid) =>
      [...replicaSetsByController.get(workloadUid)]
        .flatMap((uid) => owners.get(uid)?.replicaSet ?? [])
        .toSorted((one, other) => other.revision - one.revision || other.createdAt - one.createdAt),
    ownerPaused: ({ controller }) => {
      const direct = controller && owners.get(controller.uid);
      const above = direct?.controller && owners.get(direct.controller.uid);
      return direct?.paused === true || above?.paused === true;
    },
    workloadCount: (namespace) => (namespace === undefined ? census.workloads().size : census.workloadsIn(namespace)),
    podsOfNode: (node) => census.podsOfNode(node),
  };
}

/** A static pod is owned by its node, which is no workload. */
function ownedBy({ controller, mirror }: PodSnapshot): WorkloadReference | undefined {
  return mirror || controller?.kind === 'Node' ? undefined : controller;
}
