import type { AgentContainer } from './agent-container.ts';
import type { NamespaceMode } from '#contract/annotations.ts';
import type { Incident } from '#contract/incident.ts';
import type { ProbeFailure, ProbeState } from '#contract/report.ts';
import type { AgentPower } from '#contract/vocabulary.ts';
import type { LabelSelector, PolicySnapshot } from './policy.ts';

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
  /** Before the first try; absent where there is none. */
  readonly initialDelaySeconds?: number;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

/** An app's container; the injected agent is never among them. */
export interface ContainerSnapshot {
  readonly name: string;
  readonly image: string;
  /** Set on an init container that must end before the app starts; a sidecar that goes on running is not one. */
  readonly init?: true;
  readonly restartCount: number;
  readonly state: 'waiting' | 'running' | 'terminated' | 'unknown';
  readonly waitingReason?: string;
  readonly waitingMessage?: string;
  /** Since when it runs, in milliseconds since the epoch; absent unless it does. */
  readonly startedAt?: number;
  /** The kubelet's word that its startup probe has succeeded; absent where it said nothing. */
  readonly started?: boolean;
  /** The last exits that were seen, oldest first, at most three. */
  readonly exits: readonly ContainerExit[];
  /** Failed pulls of its image that were seen in a row, and when the first was seen. */
  readonly pullFailures: number;
  readonly pullFailingSince?: number;
  /** Since when it has waited for the reason that it waits for now, as far as was seen; absent unless it waits. */
  readonly waitingSince?: number;
  readonly liveness?: ProbeThreshold;
  readonly readiness?: ProbeThreshold;
  readonly startup?: ProbeThreshold;
  readonly memoryLimitBytes?: number;
  /** Without the runtime's scheme; only while it runs in a pod that carries our agent, which looks for it. */
  readonly containerId?: string;
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
  /** The same by this process's clock. */
  readonly silentSince?: number;
}

/** An agent's forecast that a container's memory meets its limit. */
export interface MemoryForecast {
  readonly container: string;
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** From `receivedAt`. */
  readonly secondsLeft: number;
  /** 0 to 1. */
  readonly confidence: number;
  readonly receivedAt: number;
}

/** A container's main process that an agent saw vanish. */
export interface VanishedProcess {
  readonly container: string;
  /** By this process's clock. */
  readonly at: number;
  readonly receivedAt: number;
}

/** A restart in place that the agent made by itself while we could not be reached. */
export interface LocalReflex {
  readonly container: string;
  /** By this process's clock. */
  readonly at: number;
  readonly result: 'done' | 'refused' | 'failed';
  readonly message: string;
}

/** What the pod's agent last said. */
export interface AgentSnapshot {
  readonly receivedAt: number;
  /** What it can do now; a power that is missing is off for a reason that only the agent knows. */
  readonly powers: readonly AgentPower[];
  readonly probes: readonly ProbeSnapshot[];
  readonly forecasts: readonly MemoryForecast[];
  readonly vanished: readonly VanishedProcess[];
  readonly reflexes: readonly LocalReflex[];
}

/** A Warning event about a pod or its owner, where status is silent: mounts, sandboxes, failed creations. */
export interface EventSnapshot {
  /** Kubernetes' own word, such as `FailedMount`. */
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface PodSnapshot {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Shared by the pods of one template where they are equal. */
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string | undefined;
  readonly createdAt: number;
  readonly phase: string;
  /** The pod's own status.reason, such as `Evicted`. */
  readonly statusReason?: string;
  readonly statusMessage?: string;
  readonly terminating: boolean;
  /** When its grace ends or ended (metadata.deletionTimestamp); absent unless it is terminating. */
  readonly deletionDueAt?: number;
  readonly finalizers?: readonly string[];
  /** Set while the scheduler finds no node for it: its message, and since when. */
  readonly unschedulable?: { readonly since: number; readonly message: string };
  readonly controller: WorkloadReference | undefined;
  /** Hash of the template as the owner wrote it on the pod; empty where it wrote none. */
  readonly templateHash: string;
  readonly mirror: boolean;
  readonly paused: boolean;
  /** Whether it carries our agent. */
  readonly injected: boolean;
  readonly agent?: AgentContainer;
  /**
   * Set where injection would have added an agent and there is none. `by-own-word`: the pod's annotation asks for it, also
   * in a namespace that keeps the agent out of all others.
   */
  readonly lacksAgent?: 'by-default' | 'by-own-word';
  /** Names of volumes whose content an eviction would lose; empty when the pod is annotated as disposable. */
  readonly localData: readonly string[];
  /** Set where the pod's annotations name a cache. */
  readonly cache?: true;
  /** From the pod's own annotation. */
  readonly hangSeconds?: number;
  readonly graceSeconds: number;
  readonly ready: boolean;
  /** When Ready last changed to true, in milliseconds since the epoch. */
  readonly readySince: number | undefined;
  readonly containers: readonly ContainerSnapshot[];
}

/** The object at the top of the owners: what people declared. */
export interface OwnerSnapshot {
  readonly reference: WorkloadReference;
  readonly generation: number;
  readonly observedGeneration: number;
  /** spec.replicas; undefined where the kind has none. */
  readonly replicas: number | undefined;
  readonly readyReplicas: number;
  /** Which tool declares it, by its labels and annotations. */
  readonly managedBy: 'argo-cd' | 'flux' | 'helm' | undefined;
  /** A StatefulSet's revision that new pods get. */
  readonly updateRevision?: string;
  readonly orderedReady?: boolean;
  /** A Deployment's Progressing condition when it is False. */
  readonly stalled?: { readonly reason: string; readonly message: string; readonly since: number };
  /** Value of the annotation that our and kubectl's rollout restarts write on the template. */
  readonly restartedAt?: string;
  /** Incident that holds a surge of it. */
  readonly surgedBy?: string;
  readonly breakerResetAt?: number;
}

export interface ReplicaSetSnapshot {
  readonly uid: string;
  readonly name: string;
  readonly templateHash: string;
  /** deployment.kubernetes.io/revision. */
  readonly revision: number;
  readonly createdAt: number;
  readonly replicas: number;
  readonly readyReplicas: number;
}

export interface AutoscalerSnapshot {
  readonly name: string;
  readonly uid: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly currentReplicas: number;
  /** Declared by KEDA, or by a tool of GitOps. */
  readonly managedBy: 'keda' | 'argo-cd' | 'flux' | 'helm' | undefined;
  readonly surgedBy?: string;
}

export interface DisruptionBudgetSnapshot {
  readonly name: string;
  readonly selector: LabelSelector;
  readonly disruptionsAllowed: number;
}

export interface NodeSnapshot {
  readonly name: string;
  readonly ready: boolean;
  /** When Ready last changed. */
  readonly since: number;
  readonly message: string;
}

/** One workload's fault as others see it: for breakers and for spreading. */
export interface Detection {
  readonly at: number;
  readonly namespace: string;
  readonly workloadUid: string;
  readonly incidentUid: string;
}

/** An action that may have happened, in any workload. */
export interface NamedAction {
  readonly at: number;
  readonly namespace: string;
  readonly workloadUid: string;
  /** Known once its verification is over. */
  readonly helped: boolean | undefined;
}

/** What goes on around a workload, over the last hours: rebuilt from incidents, with intents that are just being written. */
export interface ClusterView {
  /** Oldest first; the last hour. */
  readonly detections: readonly Detection[];
  /** Oldest first; the last hour. */
  readonly actions: readonly NamedAction[];
  /** Workloads with pods in this namespace, and in all opted-in namespaces. */
  readonly namespaceWorkloads: number;
  readonly clusterWorkloads: number;
  /** Pods of the workload's nodes: how many are there, and how many of them are not ready. */
  readonly podsOfNodes: ReadonlyMap<string, { readonly pods: number; readonly failing: number }>;
  readonly namespaceResetAt: number | undefined;
  readonly clusterResetAt: number | undefined;
}

/** Everything that is known about one workload at one moment: the input of every rule. */
export interface WorkloadSnapshot {
  readonly namespace: string;
  readonly workload: WorkloadReference;
  readonly mode: NamespaceMode;
  /** Where a pause above the pod was found. */
  readonly pausedBy: 'release' | 'namespace' | 'owner' | undefined;
  readonly pods: readonly PodSnapshot[];
  /** Undefined where nothing owns the pods, where its kind is not watched, or before it was seen. */
  readonly owner: OwnerSnapshot | undefined;
  /** A Deployment's, newest first. */
  readonly replicaSets: readonly ReplicaSetSnapshot[];
  readonly autoscaler: AutoscalerSnapshot | undefined;
  /** Those of the namespace. */
  readonly disruptionBudgets: readonly DisruptionBudgetSnapshot[];
  /** The pods' nodes. */
  readonly nodes: ReadonlyMap<string, NodeSnapshot>;
  /** By uid of the pod, ReplicaSet or owner that they are about. */
  readonly events: ReadonlyMap<string, readonly EventSnapshot[]>;
  /** By pod uid. */
  readonly agents: ReadonlyMap<string, AgentSnapshot>;
  /** Policies of the namespace and of the cluster that may apply here; their selectors are still to be asked. */
  readonly policies: readonly PolicySnapshot[];
  /** Every incident of this workload, open and past. */
  readonly incidents: readonly Incident[];
  readonly cluster: ClusterView;
  /** When the API server last said anything about pods, in milliseconds since the epoch. */
  readonly contactAt: number;
}
