import { admissionReasons, type AdmissionReason } from '#contract/admission.ts';
import { overrideProblems, type OverrideProblem } from '#contract/admission-override.ts';
import { suspensionReasons, type SuspensionReason } from '#contract/suspension.ts';
import {
  actionKinds,
  agentPowers,
  failureClasses,
  incidentPhases,
  recreationStates,
  refusalReasons,
  reportResults,
  sinkNames,
  watchedResources,
  type RefusalReason,
} from '#contract/vocabulary.ts';

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly process: 'webhook' | 'controller';
  readonly help: string;
  /** Label name → the closed set of its values. Never a pod name, a uid or a message. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly buckets?: readonly number[];
}

/** Seconds from fault to station; the promise is 30 s. */
const reactionBuckets = [0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 15, 30, 60, 120, 300] as const;

/** Seconds for one AdmissionReview; the API server waits 3. */
const admissionBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

const admissionReasonNames = Object.keys(admissionReasons) as readonly AdmissionReason[];

const suspensionReasonNames = Object.keys(suspensionReasons) as readonly SuspensionReason[];

const overrideProblemNames = Object.keys(overrideProblems) as readonly OverrideProblem[];

/** Answers to requests that are no AdmissionReview. */
export const badRequestStatuses = ['400', '408', '413', '415', '429', '500', 'other'] as const;

/** Certificates that the webhook keeps. */
export const keptCertificates = ['authority', 'webhook', 'controller'] as const;

/** Every metric of every process, in one place. Renaming one is a breaking change. */
export const metricTable = {
  autopilot_admission_reviews_total: {
    type: 'counter',
    process: 'webhook',
    help: 'AdmissionReviews answered, by what was done with the pod.',
    labels: { reason: admissionReasonNames },
  },
  autopilot_admission_bad_requests_total: {
    type: 'counter',
    process: 'webhook',
    help: 'Requests that were no AdmissionReview, by HTTP status.',
    labels: { status: badRequestStatuses },
  },
  autopilot_admission_seconds: {
    type: 'histogram',
    process: 'webhook',
    help: 'From the head of a request to the end of its answer.',
    labels: {},
    buckets: admissionBuckets,
  },
  autopilot_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    process: 'webhook',
    help: 'When a kept certificate expires, in seconds since the Unix epoch; 0 while there is none.',
    labels: { certificate: keptCertificates },
  },
  autopilot_certificate_renewals_total: {
    type: 'counter',
    process: 'webhook',
    help: 'Certificates issued by this process.',
    labels: { certificate: keptCertificates },
  },
  autopilot_certificate_check_failures_total: {
    type: 'counter',
    process: 'webhook',
    help: 'Rounds of certificate keeping that failed and are tried again.',
    labels: {},
  },
  autopilot_certificate_secrets_missing: {
    type: 'gauge',
    process: 'webhook',
    help: 'Set to 1 while the Secret of a certificate is gone; the one in service is kept in memory.',
    labels: { certificate: ['webhook', 'controller'] },
  },
  autopilot_injection_active: {
    type: 'gauge',
    process: 'webhook',
    help: 'Set to 1 while pods are injected: a canary has run the agent’s image, and injection is not suspended everywhere.',
    labels: {},
  },
  autopilot_injection_variants: {
    type: 'gauge',
    process: 'webhook',
    help: 'Set to 1 for what the API server last said, in a dry run, of pods with the agent alone and with each of its powers; a refused one is off.',
    labels: { variant: ['agent', ...agentPowers], verdict: ['accepted', 'refused'] },
  },
  autopilot_overrides: {
    type: 'gauge',
    process: 'webhook',
    help: 'AdmissionOverrides in memory, by whether they can be used. Expired ones count until they are deleted.',
    labels: { accepted: ['true', 'false'] },
  },
  autopilot_overrides_applied_total: {
    type: 'counter',
    process: 'webhook',
    help: 'Reviews of pods that were changed by an AdmissionOverride.',
    labels: {},
  },
  autopilot_overrides_ignored_total: {
    type: 'counter',
    process: 'webhook',
    help: 'AdmissionOverrides that were not used, by reason: once when one is read, and once for each review of a pod that it names.',
    labels: { reason: overrideProblemNames },
  },
  autopilot_overrides_acknowledged_total: {
    type: 'counter',
    process: 'webhook',
    help: 'Tries to write into an AdmissionOverride that this process holds it, by what became of them.',
    labels: { result: ['written', 'gone', 'failed', 'dropped'] },
  },
  autopilot_overrides_deleted_total: {
    type: 'counter',
    process: 'controller',
    help: 'Expired AdmissionOverrides that were deleted, and sweeps that failed.',
    labels: { result: ['deleted', 'failed'] },
  },
  autopilot_injection_suspended: {
    type: 'gauge',
    process: 'controller',
    help: 'Suspensions of injection that hold now, in one namespace or everywhere, by what blocked pods.',
    labels: { scope: ['namespace', 'cluster'], reason: suspensionReasonNames },
  },
  autopilot_injection_blocked_pods: {
    type: 'gauge',
    process: 'controller',
    help: 'Pods that the agent keeps from starting or from being ready, by how.',
    labels: { reason: suspensionReasonNames },
  },
  autopilot_injection_recreated_total: {
    type: 'counter',
    process: 'controller',
    help: 'Evictions of pods that were blocked by the agent, so that they come back without it, by what became of them.',
    labels: { result: ['done', 'refused', 'failed'] },
  },
  autopilot_findings_total: {
    type: 'counter',
    process: 'controller',
    help: 'Findings that opened an incident.',
    labels: { failure_class: failureClasses },
  },
  autopilot_incidents: {
    type: 'gauge',
    process: 'controller',
    help: 'Incidents in the cluster, by phase.',
    labels: { phase: incidentPhases },
  },
  autopilot_actions_total: {
    type: 'counter',
    process: 'controller',
    help: 'Actions that were tried, by what became of them.',
    labels: { action: actionKinds, result: ['done', 'refused', 'failed'] },
  },
  autopilot_refusals_total: {
    type: 'counter',
    process: 'controller',
    help: 'Decisions not to act, by reason; one each time that an incident takes the reason on.',
    labels: { reason: Object.keys(refusalReasons) as RefusalReason[] },
  },
  autopilot_detection_seconds: {
    type: 'histogram',
    process: 'controller',
    help: 'From the fault that met the threshold to the incident that was opened for it.',
    labels: { failure_class: failureClasses },
    buckets: reactionBuckets,
  },
  autopilot_verification_seconds: {
    type: 'histogram',
    process: 'controller',
    help: 'From the action to the end of its verification, resolved episodes only.',
    labels: { failure_class: failureClasses },
    buckets: reactionBuckets,
  },
  autopilot_sink_deliveries_total: {
    type: 'counter',
    process: 'controller',
    help: 'Notices by what became of them; a retried one counts once for each retry besides its end.',
    labels: { sink: sinkNames, result: ['delivered', 'retried', 'failed', 'refused', 'dropped'] },
  },
  autopilot_events_total: {
    type: 'counter',
    process: 'controller',
    help: 'Kubernetes Events by what became of them.',
    labels: { result: ['created', 'failed', 'dropped'] },
  },
  autopilot_queue_depth: {
    type: 'gauge',
    process: 'controller',
    help: 'Workloads that wait to be looked at.',
    labels: {},
  },
  autopilot_queue_dropped_total: {
    type: 'counter',
    process: 'controller',
    help: 'Workloads that were not queued because the queue was full; the next relist brings them back.',
    labels: {},
  },
  autopilot_quarantined_workloads: {
    type: 'gauge',
    process: 'controller',
    help: 'Workloads that a rule or a write keeps failing on; each is tried again later and later.',
    labels: {},
  },
  autopilot_leader: {
    type: 'gauge',
    process: 'controller',
    help: 'Set to 1 while this process leads and so is the one that acts; 0 on a standby.',
    labels: {},
  },
  autopilot_paused: {
    type: 'gauge',
    process: 'controller',
    help: 'Set to 1 while an annotation on the release holds every action in the cluster.',
    labels: {},
  },
  autopilot_events_dropped: {
    type: 'gauge',
    process: 'controller',
    help: 'Objects whose Warning events were let go early for want of room, since this process started.',
    labels: {},
  },
  autopilot_incidents_forgotten_total: {
    type: 'counter',
    process: 'controller',
    help: 'Old incidents by what became of their deletion.',
    labels: { result: ['deleted', 'changed', 'failed'] },
  },
  autopilot_policy_status_writes_total: {
    type: 'counter',
    process: 'controller',
    help: 'Statuses of policies by what became of the write.',
    labels: { result: ['written', 'unchanged', 'failed'] },
  },
  autopilot_reflexes_total: {
    type: 'counter',
    process: 'controller',
    help: 'Restarts that agents made by themselves while no controller could be reached, by what became of them.',
    labels: { result: ['done', 'refused', 'failed'] },
  },
  autopilot_trust_writes_total: {
    type: 'counter',
    process: 'controller',
    help: 'ConfigMaps with the agents’ authorities by what became of the write.',
    labels: { result: ['written', 'removed', 'failed'] },
  },
  autopilot_watch_age_seconds: {
    type: 'gauge',
    process: 'controller',
    help: 'Seconds since the API server last said anything about a watched resource.',
    labels: { resource: watchedResources },
  },
  autopilot_reports_total: {
    type: 'counter',
    process: 'controller',
    help: 'Reports of agents by what became of them.',
    labels: { result: reportResults },
  },
  autopilot_agents_reporting: {
    type: 'gauge',
    process: 'controller',
    help: 'Pods whose agent has reported within the last 20 s.',
    labels: {},
  },
  autopilot_agents_silent: {
    type: 'gauge',
    process: 'controller',
    help: 'Pods that are still there and whose agent, once heard, has not reported for 20 s.',
    labels: {},
  },
  autopilot_pods_without_agent: {
    type: 'gauge',
    process: 'controller',
    help: 'Pods that should carry the agent and do not, by what is done about them; 0 on a standby.',
    labels: { recreation: recreationStates },
  },
  autopilot_reaction_seconds: {
    type: 'histogram',
    process: 'controller',
    help: 'From the exit or the last good answer that met the threshold to the action sent.',
    labels: { failure_class: failureClasses },
    buckets: reactionBuckets,
  },
} as const satisfies Record<string, MetricDefinition>;
