/** What can be wrong with a workload, in Kubernetes' own words where it has one. One detector file owns each class. */
export const failureClasses = [
  'CrashLoopBackOff',
  'OOMKilled',
  'LivenessProbeFailed',
  'ReadinessProbeFailed',
  'StartupProbeFailed',
  'ImagePullBackOff',
  'ConfigError',
  'StuckCreating',
  'StuckTerminating',
  'Unschedulable',
  'Evicted',
  'RolloutStuck',
  'NodeNotReady',
  'AppHung',
  'MemoryExhaustionPredicted',
  'ProcessVanished',
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** Why a workload fails, as far as evidence tells: machine name ↔ sentence. Used in Incidents, notices and docs. */
export const causes = {
  'application-error': 'The process ended by itself with an error.',
  completed: 'The process ended with exit code 0 although it should go on running.',
  'cannot-execute': 'The command could not be executed (exit code 126): a permission, or a file for another machine.',
  'command-not-found': 'The command is not in the image (exit code 127).',
  'out-of-memory': 'The kernel ended the process for the memory limit of its container.',
  'liveness-kill': 'The kubelet ended the container because its liveness probe failed.',
  killed: 'The process was ended by SIGKILL (exit code 137), neither for memory nor by a probe that was seen.',
  'segmentation-fault': 'The process touched memory that is not its own (exit code 139).',
  terminated: 'The process was asked to end by SIGTERM (exit code 143).',
  'image-not-found': 'The registry has no such image or tag.',
  'image-unauthorised': 'The registry refuses the credentials, or there are none.',
  'registry-rate-limited': 'The registry answers that too much was asked of it.',
  'registry-unreachable': 'The registry does not answer.',
  'image-unusable': 'The image can not be pulled for a reason that is not recognised.',
  'missing-secret': 'A Secret that the container names, or a key of it, does not exist.',
  'missing-configmap': 'A ConfigMap that the container names, or a key of it, does not exist.',
  'bad-config': 'The container can not be created as its pod describes it.',
  'mount-failed': 'A volume can not be attached or mounted.',
  'sandbox-failed': 'The node can not make the pod’s sandbox or network.',
  finalizers: 'Finalizers hold the deletion; whoever set them has to remove them.',
  'deletion-overdue': 'The pod is still there long after its grace period.',
  'insufficient-resources': 'No node has enough of what the pod requests.',
  'placement-rules': 'No node fits the pod’s selectors, affinities, taints or volumes.',
  'node-pressure': 'The node ran out of memory, disk or processes.',
  'deadline-exceeded': 'The rollout made no progress within its deadline.',
  'quota-exceeded': 'A quota or an admission rule refuses new pods.',
  'node-not-ready': 'The node of the pod does not report itself ready.',
  unresponsive: 'The app accepts connections and does not answer.',
  refused: 'The app accepts no connections.',
  'bad-status': 'The app answers with a failure.',
  'memory-trend': 'Memory grows and will meet its limit.',
  'process-gone': 'The main process of the container is not there any more.',
  'new-template': 'Only pods of the newest template fail: a recent change is to blame.',
  'whole-node': 'All pods of one node fail: the node is to blame.',
  'many-workloads': 'Many workloads fail at once: something that they share is to blame.',
  unknown: 'The evidence does not tell.',
} as const;
export type CauseName = keyof typeof causes;

/** Stations of an episode. `Resolved` is final; `Escalated` waits for a person; the others go on by themselves. */
export const incidentPhases = [
  'Detected',
  'Deciding',
  'AwaitingApproval',
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
  'observe-mode': 'The namespace or the policy only observes: this is what would have been done.',
  paused: 'An infra-autopilot.io/paused annotation holds every action here.',
  'awaiting-approval': 'The policy asks a person first; the Incident says how to approve.',
  'approval-expired': 'Nobody approved in time.',
  'outside-window': 'The policy acts in its maintenance windows only, and none is open.',
  'stand-down': 'A person rolled the workload out a short while ago; changes of it wait.',
  'no-controller': 'The pod has no controlling owner, so nothing would bring it back.',
  'local-data': 'The pod has node-local data that an eviction would lose and is not annotated as disposable.',
  'job-pod': 'Pods of a Job are left to its backoffLimit and podFailurePolicy.',
  'mirror-pod': 'A static pod is managed by its node, not by the API server.',
  terminating: 'The pod is already being deleted.',
  'cooldown-active': 'The last action on this workload is too recent.',
  'step-wait': 'The policy waits before this step.',
  jitter: 'Several workloads are due at once; their actions are spread.',
  'attempts-exhausted': 'The allowed number of attempts did not help; a person is needed.',
  recurring: 'The workload failed too often in a few hours; a person is needed.',
  'breaker-open': 'Too much fails at once for one workload’s sake; acting would add to it.',
  'budget-exhausted': 'The allowed number of actions in this time is used up.',
  'no-handler': 'No remediation fits this failure class.',
  'not-applicable': 'The remediation does not fit this workload.',
  'drift-not-allowed': 'The remediation changes what people declared; the chart and the policy must both allow that.',
  'gitops-owned': 'The workload is managed by Argo CD, Flux or Helm, which would undo or be surprised by the change.',
  'autoscaler-owned': 'An autoscaler sets the number of replicas, and there is no room below its maximum.',
  'change-reverted': 'Someone undid our change; it is not made again.',
  'statefulset-order': 'Pods of a StatefulSet are replaced one at a time and in order.',
  'two-budgets': 'Two PodDisruptionBudgets select the pod, so that the API server refuses every eviction of it.',
  'container-restarted-recently':
    'The container was restarted in place less than 10 min ago; again would meet the kubelet’s backoff.',
  'agent-unavailable': 'No agent beside the app can do this: none reports, or it has not the power.',
  'kubelet-restarts-first': 'The kubelet restarts the container at the same threshold; acting as well would act twice.',
  'cause-elsewhere': 'The cause lies outside the workload; acting on its pods would not cure it.',
  'stale-evidence': 'The evidence is older than we act on.',
  'pod-changed': 'The pod was replaced or has recovered since the evidence was gathered.',
  'target-changed': 'The object was changed or replaced since the action was planned.',
  'last-ready-replica': 'The pod is the only ready replica of its workload.',
  'eviction-blocked': 'A PodDisruptionBudget refused the eviction.',
  'replacement-unhealthy': 'The workload did not become healthy in time and shows no fault that we can act on.',
  'action-failed': 'The API server refused the action for a reason that trying again does not change.',
  'workload-unhealthy': 'Pods without the agent are re-created only while every replica of their workload is well.',
  'injection-away': 'No webhook has been ready for long enough to inject the agent into a new pod.',
  'came-back-bare':
    'The pod that took the place of one without the agent carries none either; the rest are left alone.',
  'not-leading': 'Another controller leads; only the leader acts.',
} as const;
export type RefusalReason = keyof typeof refusalReasons;

/** What may be done to a cluster. */
export const actionKinds = [
  'evict-pod',
  'restart-container',
  'clear-cache',
  'restart-rollout',
  'scale-replicas',
] as const;
export type ActionKind = (typeof actionKinds)[number];

/** Built-in remedies: file names, metric labels, anchors in the docs, and what a policy's steps name. */
export const handlerNames = [
  'restart-pod',
  'restart-container',
  'clear-cache',
  'rollout-restart',
  'scale-replicas',
  'escalate',
] as const;
export type HandlerName = (typeof handlerNames)[number];

/** What a policy lets the autopilot do: nothing at all, only say, ask first, or act. */
export const policyModes = ['Off', 'Observe', 'Approve', 'Act'] as const;
export type PolicyMode = (typeof policyModes)[number];

/** What becomes of pods that should carry the agent and don't: nothing, or eviction so that new ones take their place. */
export const recreateModes = ['Never', 'Evict'] as const;
export type RecreateMode = (typeof recreateModes)[number];

/** What is done about pods without the agent: `never` no policy asks for it, `held` not now, `due` in turn, `stopped` it did not help. */
export const recreationStates = ['never', 'held', 'due', 'stopped'] as const;

/** What an agent can do in its own pod. */
export const agentPowers = ['restart-container', 'clear-cache', 'restart-all'] as const;
export type AgentPower = (typeof agentPowers)[number];

/** Where notices can go: file names, metric labels and anchors in the docs. */
export const sinkNames = ['slack', 'discord', 'custom-webhook'] as const;
export type SinkName = (typeof sinkNames)[number];

/** What the controller lists and watches, named as in the API. */
export const watchedResources = [
  'namespaces',
  'nodes',
  'replicasets',
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
  'events',
  'pods',
  'remediationpolicies',
  'clusterremediationpolicies',
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
