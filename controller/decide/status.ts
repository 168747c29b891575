import {
  maximumActions,
  maximumMessageCharacters,
  maximumTimelineEntries,
  type IncidentAction,
  type IncidentStatus,
} from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { IncidentPhase, RefusalReason } from '#contract/vocabulary.ts';
import type { Finding } from '../model/finding.ts';

/** One change of phase, reason or message. */
export interface Transition {
  readonly phase: IncidentPhase;
  readonly reason?: RefusalReason;
  readonly message: string;
}

/** The first status of an episode, before anything was decided. */
export function openedStatus(finding: Finding, now: number): IncidentStatus {
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
export function about(status: IncidentStatus, { pod, evidence }: Finding): IncidentStatus {
  return {
    ...status,
    pod: { name: pod.name, uid: pod.uid, ...(pod.node === undefined ? {} : { node: pod.node }) },
    evidence: { ...evidence, ...(evidence.message === undefined ? {} : { message: shortened(evidence.message) }) },
  };
}

/** Moves on and writes it down in the timeline. A reason of the last phase does not outlive it. */
export function transition(status: IncidentStatus, next: Transition, now: number): IncidentStatus {
  const { reason: _dropped, ...rest } = status;
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
  const attempts = actions.filter(({ result }) => result !== 'refused' && result !== 'failed').length;
  return { ...status, actions, attempts };
}

function shortened(message: string): string {
  return message.length <= maximumMessageCharacters ? message : `${message.slice(0, maximumMessageCharacters - 1)}…`;
}
