import type { ObjectMetadata } from '#runtime/kubernetes/object.ts';

/** The parts of a Pod that are read, as they come over the wire. client-node's own type has Date objects in it. */
export interface RawPod {
  readonly metadata?: ObjectMetadata & { readonly finalizers?: readonly string[] };
  readonly spec?: {
    readonly nodeName?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers?: readonly RawContainer[];
    readonly initContainers?: readonly RawContainer[];
    readonly volumes?: readonly RawVolume[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly RawCondition[];
    readonly containerStatuses?: readonly RawContainerStatus[];
    readonly initContainerStatuses?: readonly RawContainerStatus[];
  };
}

/** A condition as pods, nodes and workloads have them. */
export interface RawCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface RawProbe {
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export interface RawContainer {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
  readonly livenessProbe?: RawProbe;
  readonly readinessProbe?: RawProbe;
  readonly startupProbe?: RawProbe;
  readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> };
  readonly volumeMounts?: readonly { readonly name: string }[];
}

export interface RawVolume {
  readonly name: string;
  readonly emptyDir?: { readonly medium?: string };
  readonly ephemeral?: unknown;
}

export interface RawTerminated {
  readonly containerID?: string;
  readonly exitCode: number;
  readonly reason?: string;
  readonly finishedAt?: string;
}

export interface RawContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly containerID?: string;
  readonly restartCount?: number;
  readonly started?: boolean;
  /** What the kubelet has really set, after a resize in place too. */
  readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> };
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: RawTerminated;
  };
  readonly lastState?: { readonly terminated?: RawTerminated };
}
