import { apiGroup, pausedAnnotation } from '#contract/annotations.ts';
import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime, millisecondsOf } from '#contract/micro-time.ts';
import type { Limits } from '../model/limits.ts';
import type { Notice, NoticeLine } from '../model/notice.ts';

/**
 * Whether a change of an incident is told to people: its opening, a question to them, and its result; what lies between is
 * not. What a breaker of a whole namespace or cluster holds is told once for all of it, by whoever keeps
 * count of that, so neither its opening nor an end without any act is.
 */
export function noticeKind(before: IncidentStatus | undefined, after: IncidentStatus): Notice['kind'] | undefined {
  if (isShared(after)) return before?.breaker === after.breaker ? undefined : 'breaker';
  if (before === undefined) return 'opened';
  if (before.phase === after.phase) return undefined;
  if (after.phase === 'AwaitingApproval') return 'opened';
  if (after.phase === 'Escalated') return 'result';
  if (after.phase !== 'Resolved') return undefined;
  const quiet = after.attempts === 0 && after.timeline.some(({ reason }) => reason === 'breaker-open');
  return quiet ? undefined : 'result';
}

function isShared({ breaker }: IncidentStatus): boolean {
  return breaker === 'namespace' || breaker === 'cluster';
}

/** What people are told, in the order in which they ask: what and where, why, what was done, result, times, what is left, how to undo, how to look. */
export function makeNotice(
  incident: Incident,
  status: IncidentStatus,
  kind: Notice['kind'],
  cluster: string,
  limits: Limits,
  now: number,
): Notice {
  const { namespace, name } = incident.metadata;
  const { workload, failureClass } = incident.spec;
  const where = `${workload.kind} ${namespace}/${workload.name}`;
  const lines: readonly (NoticeLine | undefined)[] = [
    { title: 'What', text: cluster === '' ? where : `${where} in cluster ${cluster}` },
    { title: 'Why', text: whyOf(incident, status) },
    { title: 'Done', text: doneOf(status) },
    {
      title: 'Result',
      text: `${status.phase}${status.reason === undefined ? '' : ` (${status.reason})`}: ${status.message}`,
    },
    { title: 'Times', text: timesOf(status) },
    { title: 'Left', text: `${Math.max(0, limits.maxAttempts - status.attempts)} of ${limits.maxAttempts} attempts` },
    {
      title: 'Undo',
      text: `An eviction can't be undone. To hold further ones: kubectl -n ${namespace} annotate ${resourceOf(workload.kind)} ${workload.name} ${pausedAnnotation}=true`,
    },
    { title: 'Look', text: `kubectl -n ${namespace} describe incidents.${apiGroup} ${name}` },
  ];
  return {
    incidentUid: incident.metadata.uid,
    incidentName: name,
    kind,
    cluster,
    namespace,
    workload: `${workload.kind}/${workload.name}`,
    pod: status.pod?.name ?? '',
    failureClass,
    phase: status.phase,
    reason: status.reason,
    at: microTime(now),
    lines: lines.filter((line) => line !== undefined),
  };
}

function resourceOf(kind: string): string {
  return kind.toLowerCase();
}

function whyOf({ spec }: Incident, { evidence, pod, timeline }: IncidentStatus): string {
  const seen = timeline.find(({ phase }) => phase === 'Detected')?.message ?? evidence?.message ?? '';
  return `${spec.failureClass}${pod?.node === undefined ? '' : ` on node ${pod.node}`}: ${seen}`;
}

function doneOf(status: IncidentStatus): string {
  if (status.reason === 'observe-mode') return status.message;
  const actions = status.actions ?? [];
  if (actions.length === 0) return 'Nothing.';
  return actions
    .map(
      ({ kinds, target, handler, result }) =>
        `${handler}: ${kinds.join(', ')} of ${target.name} (${result ?? 'under way'})`,
    )
    .join('; ');
}

/** Seconds after the fault of each station that was reached. */
function timesOf({ times }: IncidentStatus): string {
  const faultAt = millisecondsOf(times.faultAt);
  if (faultAt === undefined) return 'unknown';
  const stations = [
    ['seen', times.detectedAt],
    ['acted', times.actedAt],
    ['healthy', times.healthyAt],
    ['resolved', times.resolvedAt],
  ] as const;
  const after = stations.flatMap(([station, at]) => {
    const reached = millisecondsOf(at);
    return reached === undefined ? [] : [`${station} +${((reached - faultAt) / 1000).toFixed(1)} s`];
  });
  return `fault ${times.faultAt}, ${after.join(', ')}`;
}
