/** What can be wrong with a workload, in Kubernetes' own words. One detector file owns each class. */
export const failureClasses = [
  'CrashLoopBackOff',
  'OOMKilled',
  'LivenessProbeFailed',
  'ReadinessProbeFailed',
  'ImagePullBackOff',
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** Stations of an episode. The last four are final or wait for a person or for time. */
export const incidentPhases = [
  'Detected',
  'Acting',
  'Verifying',
  'Resolved',
  'Ineffective',
  'Escalated',
  'Held',
] as const;
export type IncidentPhase = (typeof incidentPhases)[number];

/** Why nothing is done, or not now: machine reason ↔ sentence. Used in Incidents, Events, logs, metric labels and docs. */
export const refusalReasons = {
  'observe-mode': 'The namespace is in observe mode: this is what would have been done.',
  paused: 'An infra-autopilot.io/paused annotation holds every action here.',
  'no-controller': 'The pod has no controlling owner, so nothing would bring it back.',
  'local-data': 'The pod has node-local data that an eviction would lose and is not annotated as disposable.',
  'job-pod': 'Pods of a Job are left to its backoffLimit and podFailurePolicy.',
  'mirror-pod': 'A static pod is managed by its node, not by the API server.',
  terminating: 'The pod is already being deleted.',
  'cooldown-active': 'The last action on this workload is too recent.',
  'attempts-exhausted': 'The allowed number of attempts did not help; a person is needed.',
  'no-handler': 'No remediation fits this failure class.',
  'kubelet-restarts-first': 'The kubelet restarts the container at the same threshold; acting as well would act twice.',
  'stale-evidence': 'The evidence is older than we act on.',
  'pod-changed': 'The pod was replaced or has recovered since the evidence was gathered.',
  'last-ready-replica': 'The pod is the only ready replica of its workload.',
  'eviction-blocked': 'A PodDisruptionBudget refused the eviction.',
  'replacement-unhealthy': 'The replacement did not become healthy in time and shows no fault that we can act on.',
  'action-failed': 'The API server refused the action for a reason that trying again does not change.',
} as const;
export type RefusalReason = keyof typeof refusalReasons;

/** What may be done to a cluster. */
export const actionKinds = ['evict-pod'] as const;
export type ActionKind = (typeof actionKinds)[number];

/** Where notices can go: file names, metric labels and anchors in the docs. */
export const sinkNames = ['slack', 'discord', 'custom-webhook'] as const;
export type SinkName = (typeof sinkNames)[number];

/** What the controller lists and watches, named as in the API. */
export const watchedResources = [
  'namespaces',
  'replicasets',
  'deployments',
  'statefulsets',
  'daemonsets',
  'pods',
  'incidents',
] as const;
export type WatchedResource = (typeof watchedResources)[number];

/** What became of an agent's report, from best to worst. */
export const reportResults = [
  'accepted',
  'stale',
  'unknown-pod',
  'malformed',
  'too-large',
  'unauthenticated',
  'forbidden',
  'throttled',
  'unavailable',
] as const;
export type ReportResult = (typeof reportResults)[number];
