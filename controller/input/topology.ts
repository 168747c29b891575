import type { StoreChange } from '#runtime/kubernetes/reflector.ts';
import type { PodSnapshot, WorkloadReference } from '../model/snapshot.ts';
import { makeMultiMap } from './multi-map.ts';
import type { OwnerView } from './projections/metadata.ts';

/** Who owns whom, kept by uid so that finding a workload's pods does not depend on how many pods there are. */
export interface Topology {
  podChanged(change: StoreChange<PodSnapshot>): void;
  ownerChanged(change: StoreChange<OwnerView>): void;
  /** The workload of a pod; undefined while its ReplicaSet has not been seen yet. */
  workloadOf(pod: PodSnapshot): WorkloadReference | undefined;
  podsOf(workloadUid: string): readonly PodSnapshot[];
  podByUid(uid: string): PodSnapshot | undefined;
  /** Whether the pod's direct owner or that one's owner is paused. */
  ownerPaused(pod: PodSnapshot): boolean;
}

export function makeTopology(): Topology {
  const pods = new Map<string, PodSnapshot>();
  const owners = new Map<string, OwnerView>();
  const podsByController = makeMultiMap();
  const ownersByController = makeMultiMap();

  const podsByUid = (uids: Iterable<string>): readonly PodSnapshot[] =>
    [...uids].flatMap((uid) => {
      const pod = pods.get(uid);
      return pod ? [pod] : [];
    });

  return {
    podChanged: ({ previous, current }) => {
      if (previous) {
        pods.delete(previous.uid);
        if (previous.controller) podsByController.remove(previous.controller.uid, previous.uid);
      }
      if (current) {
        pods.set(current.uid, current);
        if (current.controller) podsByController.add(current.controller.uid, current.uid);
      }
    },
    ownerChanged: ({ previous, current }) => {
      if (previous) {
        owners.delete(previous.self.uid);
        if (previous.controller) ownersByController.remove(previous.controller.uid, previous.self.uid);
      }
      if (current) {
        owners.set(current.self.uid, current);
        if (current.controller) ownersByController.add(current.controller.uid, current.self.uid);
      }
    },
    workloadOf: (pod) => {
      const { controller } = pod;
      // A static pod is owned by its node, which is no workload.
      if (controller === undefined || pod.mirror || controller.kind === 'Node') {
        return { apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid };
      }
      if (controller.kind !== 'ReplicaSet') return controller;
      const replicaSet = owners.get(controller.uid);
      return replicaSet && (replicaSet.controller ?? replicaSet.self);
    },
    podsOf: (workloadUid) => [
      ...podsByUid([workloadUid]),
      ...podsByUid(podsByController.get(workloadUid)),
      ...[...ownersByController.get(workloadUid)].flatMap((uid) => podsByUid(podsByController.get(uid))),
    ],
    podByUid: (uid) => pods.get(uid),
    ownerPaused: ({ controller }) => {
      const direct = controller && owners.get(controller.uid);
      const above = direct?.controller && owners.get(direct.controller.uid);
      return direct?.paused === true || above?.paused === true;
    },
  };
}
