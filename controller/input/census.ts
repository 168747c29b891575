import type { PodSnapshot } from '../model/snapshot.ts';

/** Counts that are asked for with each workload and so are kept up with each pod. */
export interface Census {
  /** `groupUid`: what owns the pod directly; `workloadUid`: what stands at the top of that. */
  podAdded(pod: PodSnapshot, groupUid: string, workloadUid: string): void;
  podRemoved(pod: PodSnapshot, groupUid: string): void;
  /** It turned out who owns the owner. */
  groupMoved(groupUid: string, workloadUid: string): void;
  workloads(): ReadonlyMap<string, { readonly namespace: string }>;
  workloadsIn(namespace: string): number;
  podsOfNode(node: string): NodeCount;
}

export interface NodeCount {
  readonly pods: number;
  readonly failing: number;
}

interface Group {
  readonly namespace: string;
  pods: number;
  workloadUid: string;
}

const emptyNode: NodeCount = { pods: 0, failing: 0 };

export function makeCensus(): Census {
  const groups = new Map<string, Group>();
  const workloads = new Map<string, { readonly namespace: string; groups: number }>();
  const namespaces = new Map<string, number>();
  const nodes = new Map<string, NodeCount>();

  const countNamespace = (namespace: string, by: number): void => {
    const count = (namespaces.get(namespace) ?? 0) + by;
    if (count > 0) namespaces.set(namespace, count);
    else namespaces.delete(namespace);
  };

  const join = ({ namespace, workloadUid }: Group): void => {
    const workload = workloads.get(workloadUid);
    if (workload) {
      workload.groups += 1;
      return;
    }
    workloads.set(workloadUid, { namespace, groups: 1 });
    countNamespace(namespace, 1);
  };

  const leave = ({ namespace, workloadUid }: Group): void => {
    const workload = workloads.get(workloadUid);
    if (workload === undefined) return;
    workload.groups -= 1;
    if (workload.groups > 0) return;
    workloads.delete(workloadUid);
    countNamespace(namespace, -1);
  };

  const countNode = (pod: PodSnapshot, by: number): void => {
    if (pod.node === undefined) return;
    const before = nodes.get(pod.node) ?? emptyNode;
    const failing = pod.ready || pod.terminating ? 0 : by;
    const after = { pods: before.pods + by, failing: before.failing + failing };
    if (after.pods > 0) nodes.set(pod.node, after);
    else nodes.delete(pod.node);
  };

  return {
    podAdded: (pod, groupUid, workloadUid) => {
      if (isOver(pod)) return;
      countNode(pod, 1);
      const known = groups.get(groupUid);
      if (known) {
        known.pods += 1;
        return;
      }
      const group = { namespace: pod.namespace, pods: 1, workloadUid };
      groups.set(groupUid, group);
      join(group);
    },
    podRemoved: (pod, groupUid) => {
      const group = groups.get(groupUid);
      if (group === undefined || isOver(pod)) return;
      countNode(pod, -1);
      group.pods -= 1;
      if (group.pods > 0) return;
      groups.delete(groupUid);
      leave(group);
    },
    groupMoved: (groupUid, workloadUid) => {
      const group = groups.get(groupUid);
      if (group === undefined || group.workloadUid === workloadUid) return;
      leave(group);
      group.workloadUid = workloadUid;
      join(group);
    },
    workloads: () => workloads,
    workloadsIn: (namespace) => namespaces.get(namespace) ?? 0,
    podsOfNode: (node) => nodes.get(node) ?? emptyNode,
  };
}

/** A pod that has ended runs nowhere any more: what Jobs and evictions leave behind would thin out every share. */
function isOver({ phase }: PodSnapshot): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
