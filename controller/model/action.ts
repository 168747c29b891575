/** Everything that this system may do to a cluster. A new member also needs an executor and a rule in the chart's RBAC. */
export interface EvictPod {
  readonly kind: 'evict-pod';
  readonly namespace: string;
  readonly podName: string;
  /** Precondition: a pod of the same name with another uid is not touched. */
  readonly podUid: string;
}

export type Action = EvictPod;
