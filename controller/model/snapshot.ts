import type { NamespaceMode } from '#contract/annotations.ts';
import type { Incident } from '#contract/incident.ts';
import type { ProbeFailure, ProbeState } from '#contract/report.ts';

/** An object that owns pods, or the pod itself where nothing owns it. */
export interface WorkloadReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** One end of a container, as the kubelet reports it. Times have 1 s resolution, rounded down. */
export interface ContainerExit {
  readonly containerId: string;
  readonly exitCode: number;
  /** The kubelet's word, such as `OOMKilled` or `Error`. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
}

/** The threshold that the app's author set for a probe. */
export interface ProbeThreshold {
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

/** An app's container; the injected agent is never among them. */
export interface ContainerSnapshot {
  readonly name: string;
  readonly image: string;
  readonly restartCount: number;
  readonly state: 'waiting' | 'running' | 'terminated' | 'unknown';
  readonly waitingReason?: string;
  readonly waitingMessage?: string;
  /** Since when it runs, in milliseconds since the epoch; absent unless it does. */
  readonly startedAt?: number;
  /** The last exits that were seen, oldest first, at most three. */
  readonly exits: readonly ContainerExit[];
  /** Failed pulls of its image that were seen in a row, and when the first was seen. */
  readonly pullFailures: number;
  readonly pullFailingSince?: number;
  readonly liveness?: ProbeThreshold;
  readonly readiness?: ProbeThreshold;
}

/** What the pod's agent last said about one probe, its times brought to this process's clock. */
export interface ProbeSnapshot {
  readonly container: string;
  readonly probe: 'liveness' | 'readiness';
  readonly state: ProbeState;
  readonly failure?: ProbeFailure;
  readonly statusCode?: number;
  readonly consecutiveFailures: number;
  /** When the report arrived, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** By this process's clock. */
  readonly failingSince?: number;
  /** By the node's clock, like a container's `startedAt`. */
  readonly lastSuccessAt?: number;
}

export interface PodSnapshot {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string | undefined;
  readonly createdAt: number;
  readonly phase: string;
  readonly terminating: boolean;
  readonly controller: WorkloadReference | undefined;
  /** Hash of the template as the owner wrote it on the pod; empty where it wrote none. */
  readonly templateHash: string;
  readonly mirror: boolean;
  readonly paused: boolean;
  /** Names of volumes whose content an eviction would lose; empty when the pod is annotated as disposable. */
  readonly localData: readonly string[];
  readonly ready: boolean;
  /** When Ready last changed to true, in milliseconds since the epoch. */
  readonly readySince: number | undefined;
  readonly containers: readonly ContainerSnapshot[];
}

/** Everything that is known about one workload at one moment: the input of every rule. */
export interface WorkloadSnapshot {
  readonly namespace: string;
  readonly workload: WorkloadReference;
  readonly mode: NamespaceMode;
  /** Where a pause above the pod was found. */
  readonly pausedBy: 'release' | 'namespace' | 'owner' | undefined;
  readonly pods: readonly PodSnapshot[];
  /** Reports by pod uid. */
  readonly probes: ReadonlyMap<string, readonly ProbeSnapshot[]>;
  /** Every incident of this workload, open and past. */
  readonly incidents: readonly Incident[];
  /** When the API server last said anything about pods, in milliseconds since the epoch. */
  readonly contactAt: number;
}
