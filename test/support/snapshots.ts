import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { Finding } from '../../controller/model/finding.ts';
import type { Limits } from '../../controller/model/limits.ts';
import type {
  AgentSnapshot,
  ClusterView,
  ContainerExit,
  ContainerSnapshot,
  OwnerSnapshot,
  PodSnapshot,
  WorkloadSnapshot,
} from '../../controller/model/snapshot.ts';

/** A moment for tests: 2026-01-01T12:00:00Z in milliseconds since the epoch. */
export const noon = Date.UTC(2026, 0, 1, 12);

export const limits: Limits = {
  cooldownSeconds: 120,
  maxAttempts: 3,
  verifyHealthySeconds: 20,
  verifyTimeoutSeconds: 120,
  cooldownMaximumSeconds: 1800,
  episodesBeforeEscalation: 5,
  actionsPerHour: 10,
  standDownSeconds: 600,
  approvalSeconds: 3600,
  driftAllowed: false,
  breaker: {
    percentage: 30,
    podsAtLeast: 3,
    workloadsAtLeast: 5,
    clusterPercentage: 10,
    clusterWorkloadsAtLeast: 10,
    windowSeconds: 120,
    halfOpenSeconds: 300,
  },
};

/** A quiet cluster with as many workloads as no percentage is reached by a few. */
export const quietCluster: ClusterView = {
  detections: [],
  actions: [],
  namespaceWorkloads: 10,
  clusterWorkloads: 100,
  podsOfNodes: new Map(),
  namespaceResetAt: undefined,
  clusterResetAt: undefined,
};

export const shopWorkload = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web-uid' } as const;

export function exit(finishedAt: number, more: Partial<ContainerExit> = {}): ContainerExit {
  return { containerId: `containerd://${finishedAt}`, exitCode: 1, reason: 'Error', finishedAt, ...more };
}

/** A container that has been running well for an hour. */
export function container(more: Partial<ContainerSnapshot> = {}): ContainerSnapshot {
  return {
    name: 'app',
    image: 'shop/web:1',
    restartCount: 0,
    state: 'running',
    startedAt: noon - 3_600_000,
    exits: [],
    pullFailures: 0,
    ...more,
  };
}

/** A container that the kubelet keeps from starting again after it ended with code 1. */
export function crashLooping(finishedAt: number, more: Partial<ContainerSnapshot> = {}): ContainerSnapshot {
  const { startedAt: _none, ...rest } = container();
  return {
    ...rest,
    restartCount: 2,
    state: 'waiting',
    waitingReason: 'CrashLoopBackOff',
    exits: [exit(finishedAt - 5_000), exit(finishedAt)],
    ...more,
  };
}

/** A healthy pod of {@link shopWorkload}, an hour old. */
export function pod(more: Partial<PodSnapshot> = {}): PodSnapshot {
  return {
    namespace: 'shop',
    name: 'web-abc-1',
    uid: 'pod-1',
    labels: { app: 'web' },
    node: 'node-a',
    createdAt: noon - 3_600_000,
    phase: 'Running',
    terminating: false,
    controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'rs-uid' },
    templateHash: 'abc',
    mirror: false,
    paused: false,
    injected: true,
    localData: [],
    graceSeconds: 30,
    ready: true,
    readySince: noon - 3_600_000,
    containers: [container()],
    ...more,
  };
}

/** The same pod, crash-looping since five seconds before {@link noon}. */
export function failingPod(more: Partial<PodSnapshot> = {}): PodSnapshot {
  return pod({ ready: false, readySince: undefined, containers: [crashLooping(noon - 5_000)], ...more });
}

/** {@link shopWorkload} as declared: three replicas, all of them ready, nobody's but its author's. */
export function owner(more: Partial<OwnerSnapshot> = {}): OwnerSnapshot {
  return {
    reference: shopWorkload,
    generation: 1,
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    managedBy: undefined,
    ...more,
  };
}

/** An agent that has just reported and can do everything. */
export function agent(more: Partial<AgentSnapshot> = {}): AgentSnapshot {
  return {
    receivedAt: noon,
    powers: ['restart-container', 'clear-cache'],
    probes: [],
    forecasts: [],
    vanished: [],
    reflexes: [],
    ...more,
  };
}

export function snapshot(more: Partial<WorkloadSnapshot> = {}): WorkloadSnapshot {
  return {
    namespace: 'shop',
    workload: shopWorkload,
    mode: 'enabled',
    pausedBy: undefined,
    pods: [pod()],
    owner: owner(),
    replicaSets: [],
    autoscaler: undefined,
    disruptionBudgets: [],
    nodes: new Map(),
    events: new Map(),
    agents: new Map(),
    policies: [],
    incidents: [],
    cluster: quietCluster,
    contactAt: noon,
    ...more,
  };
}

export function finding(more: Partial<Finding> = {}): Finding {
  const failing = more.pod ?? failingPod();
  return {
    detector: 'crash-loop',
    failureClass: 'CrashLoopBackOff',
    pod: failing,
    templateHash: failing.templateHash,
    container: 'app',
    cause: { name: 'application-error', message: 'The process ended by itself with exit code 1.' },
    faultAt: noon - 5_000,
    evidenceAt: noon,
    evidence: { container: 'app', image: 'shop/web:1', restartCount: 2, exitCode: 1, terminatedReason: 'Error' },
    message: 'Container app keeps ending.',
    ...more,
  };
}

/** An open incident about {@link failingPod} that is held, with what the test needs changed in its status. */
export function incident(status: Partial<IncidentStatus> = {}, more: Partial<Incident> = {}): Incident {
  return {
    metadata: { name: 'web-crash', namespace: 'shop', uid: 'incident-uid', resourceVersion: '7' },
    spec: { workload: shopWorkload, failureClass: 'CrashLoopBackOff', templateHash: 'abc' },
    status: {
      phase: 'Held',
      message: '',
      attempts: 0,
      pod: { name: 'web-abc-1', uid: 'pod-1' },
      times: { faultAt: microTime(noon - 60_000), detectedAt: microTime(noon - 59_000) },
      timeline: [],
      ...status,
    },
    ...more,
  };
}

/** An incident whose one action was done at a time. */
export function actedIncident(sentAt: number, status: Partial<IncidentStatus> = {}, uid = 'incident-uid'): Incident {
  const base = incident({
    phase: 'Verifying',
    attempts: 1,
    times: { faultAt: microTime(sentAt - 2_000), detectedAt: microTime(sentAt - 1_000), actedAt: microTime(sentAt) },
    actions: [
      {
        kinds: ['evict-pod'],
        handler: 'restart-pod',
        step: 0,
        target: { kind: 'Pod', name: 'web-abc-1', uid: 'pod-1' },
        intendedAt: microTime(sentAt - 10),
        sentAt: microTime(sentAt),
        result: 'done',
      },
    ],
    ...status,
  });
  return { ...base, metadata: { ...base.metadata, uid } };
}
