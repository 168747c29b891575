/** An object whose number of replicas may be set. */
export interface ScaleTarget {
  readonly kind: 'Deployment' | 'StatefulSet' | 'HorizontalPodAutoscaler';
  readonly name: string;
  readonly uid: string;
}

/** Removes a pod through the eviction API, so that its owner makes a new one. */
export interface EvictPod {
  readonly kind: 'evict-pod';
  readonly namespace: string;
  readonly podName: string;
  /** Precondition: a pod of the same name with another uid is not touched. */
  readonly podUid: string;
}

/** Lets the pod's agent end the main process of one container; the kubelet starts it again. */
export interface RestartContainer {
  readonly kind: 'restart-container';
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly container: string;
  /** Has the kubelet restart every container of the pod, which no grace is given; for agents that can do no less. */
  readonly all?: true;
  /** The pod's own grace, or less where a policy shortens it for an app that is hung. */
  readonly graceSeconds: number;
}

/** Lets the pod's agent empty the cache that the pod's own annotations name; nothing is named from here. */
export interface ClearCache {
  readonly kind: 'clear-cache';
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
}

/** Starts a rollout of the unchanged template by stamping it, as `kubectl rollout restart` does. Drift. */
export interface RestartRollout {
  readonly kind: 'restart-rollout';
  readonly namespace: string;
  readonly workload: {
    readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
    readonly name: string;
    readonly uid: string;
  };
  /** Precondition: a template that someone changed meanwhile is not restarted. */
  readonly generation: number;
}

/** Sets `replicas`, or an autoscaler's `minReplicas`, from one number to another. Drift. */
export interface ScaleReplicas {
  readonly kind: 'scale-replicas';
  readonly namespace: string;
  readonly target: ScaleTarget;
  /** Precondition: what is there now. Any other number means that someone else has changed it. */
  readonly from: number;
  readonly to: number;
  /** A surge ends by itself: at this time `from` is restored. Absent on the restoring act. Milliseconds since the epoch. */
  readonly until?: number;
}

/** Everything that this system may do to a cluster. A new member also needs an executor and a rule in the chart's RBAC. */
export type Action = EvictPod | RestartContainer | ClearCache | RestartRollout | ScaleReplicas;
