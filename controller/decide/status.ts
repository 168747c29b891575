import {
  maximumActions,
  maximumMessageCharacters,
  maximumTimelineEntries,
  type IncidentAction,
  type IncidentStatus,
} from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { IncidentPhase, RefusalReason } from '#contract/vocabulary.ts';
import { isAttempt } from './history.ts';
import type { ContextualFinding } from './join.ts';

const maximumDidCharacters = 63;

/** One change of phase, reason or message. */
export interface Transition {
  readonly phase: IncidentPhase;
  readonly reason?: RefusalReason;
  readonly message: string;
}

/** The first status of an episode, before anything was decided. */
export function openedStatus(finding: ContextualFinding, now: number): IncidentStatus {
  const opened: IncidentStatus = {
    phase: 'Detected',
    message: '',
    attempts: 0,
    times: { faultAt: microTime(finding.faultAt), detectedAt: microTime(now) },
    timeline: [],
  };
  return transition(about(opened, finding), { phase: 'Detected', message: finding.message }, now);
}

/** Points a status at the pod and the evidence of a finding. */
export function about(
  status: IncidentStatus,
  { pod, cause, evidence, context = [] }: ContextualFinding,
): IncidentStatus {
  const { pod: _before, ...rest } = status;
  // The same pod's log was read once, and is no longer there once the pod is gone; nor is its recording.
  const { log, minuteBefore } = (status.pod?.uid === pod?.uid ? status.evidence : undefined) ?? {};
  return {
    ...rest,
    ...(pod === undefined
      ? {}
      : { pod: { name: pod.name, uid: pod.uid, ...(pod.node === undefined ? {} : { node: pod.node }) } }),
    evidence: {
      ...evidence,
      cause: cause.name,
      ...(context.length === 0 ? {} : { context: context.map(shortened) }),
      ...(log === undefined ? {} : { log }),
      ...(minuteBefore === undefined ? {} : { minuteBefore }),
      ...(evidence.message === undefined ? {} : { message: shortened(evidence.message) }),
    },
  };
}

/** Moves on and writes it down in the timeline. A reason of the last phase does not outlive it, nor does its breaker. */
export function transition(status: IncidentStatus, next: Transition, now: number): IncidentStatus {
  const { reason: _dropped, breaker: _closed, ...rest } = status;
  const entry = {
    phase: next.phase,
    message: shortened(next.message),
    ...(next.reason === undefined ? {} : { reason: next.reason }),
  };
  return {
    ...rest,
    ...entry,
    timeline: [...status.timeline, { at: microTime(now), ...entry }].slice(-maximumTimelineEntries),
  };
}

/** Adds an action, or replaces the last one, and counts again. */
export function withAction(status: IncidentStatus, action: IncidentAction, replaceLast: boolean): IncidentStatus {
  const before = status.actions ?? [];
  const bounded = { ...action, ...(action.message === undefined ? {} : { message: shortened(action.message) }) };
  const actions = [...(replaceLast ? before.slice(0, -1) : before), bounded].slice(-maximumActions);
  const attempts = actions.filter(isAttempt);
  return { ...status, actions, attempts: attempts.length, ...didOf(attempts) };
}

/** Notes on the last attempt whether the workload was healthy after it. */
export function judgedAction(status: IncidentStatus, helped: boolean): IncidentStatus {
  const actions = status.actions ?? [];
  const index = actions.findLastIndex((action) => isAttempt(action) && action.result === 'done');
  return index === -1
    ? status
    : { ...status, actions: actions.map((action, at) => (at === index ? { ...action, helped } : action)) };
}

/** What was done, as the printed list shows it: each remedy once, with how often. */
function didOf(attempts: readonly IncidentAction[]): Pick<IncidentStatus, 'did'> {
  if (attempts.length === 0) return {};
  const counts = new Map<string, number>();
  for (const { handler } of attempts) counts.set(handler, (counts.get(handler) ?? 0) + 1);
  const did = [...counts].map(([handler, count]) => (count === 1 ? handler : `${handler} ×${count}`)).join(', ');
  return { did: did.slice(0, maximumDidCharacters) };
}

function shortened(message: string): string {
  return message.length <= maximumMessageCharacters ? message : `${message.slice(0, maximumMessageCharacters - 1)}…`;
}
