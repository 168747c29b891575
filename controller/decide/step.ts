import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime, millisecondsOf } from '#contract/micro-time.ts';
import type { Decision, DecisionTarget } from '../model/decision.ts';
import type { Finding } from '../model/finding.ts';
import type { Limits } from '../model/limits.ts';
import type { Handler } from '../model/plan.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { afterAct, intended } from './act.ts';
import { evaluate, type Verdict } from './evaluate.ts';
import { pendingAction } from './history.ts';
import type { Fault } from './join.ts';
import { requiredHealthySeconds, resolved, settledSince } from './settle.ts';
import { about, transition, withAction } from './status.ts';
import { verify } from './verify.ts';

/** What all steps of one look at a workload share. */
export interface StepContext {
  readonly snapshot: WorkloadSnapshot;
  readonly findings: readonly Finding[];
  readonly handlers: readonly Handler[];
  readonly limits: Limits;
  readonly now: number;
}

/** A decision, or none, and when to look again if nothing changes before. */
export interface Step {
  readonly decision?: Decision;
  readonly recheckAt?: number;
}

/** The next step of an open incident, by its phase. `fault` is undefined when its fault is not seen any more. */
export function stepOpen(
  context: StepContext,
  incident: Incident,
  status: IncidentStatus,
  fault: Fault | undefined,
): Step {
  switch (status.phase) {
    case 'Acting':
      return resume(context, incident, status, fault);
    case 'Verifying':
      return verifying(context, incident, status, fault);
    case 'Detected':
    case 'Held':
    case 'Ineffective':
      return fault ? judged(context, incident, status, fault) : settling(context, incident, status);
    case 'Escalated':
      return fault ? {} : settling(context, incident, status);
    case 'Resolved':
      return {};
  }
}

/** Judges a fault and turns the verdict into the next status, or into nothing when nothing has changed. */
export function applyVerdict(
  context: StepContext,
  target: DecisionTarget,
  status: IncidentStatus,
  finding: Finding,
): Step {
  const incident = 'update' in target ? target.update : undefined;
  const verdict = evaluate({ ...context, finding, incident }, context.handlers);
  const { now } = context;
  if (verdict.verdict === 'act') {
    const next = intended(status, finding, verdict, now);
    return { decision: { target, status: next, action: verdict.action, finding } };
  }
  const recheckAt = earliest(verdict.verdict === 'hold' ? verdict.until : undefined, finding.expiresAt);
  const recheck = recheckAt === undefined ? {} : { recheckAt };
  const phase = phaseOf(verdict, status);
  const { reason, message } = verdict;
  const unchanged =
    incident?.status === status &&
    status.phase === phase &&
    status.reason === reason &&
    status.message === message &&
    status.pod?.uid === finding.pod.uid;
  if (unchanged) return recheck;
  const decided = { ...keepBaseline(status, finding), times: { ...status.times, decidedAt: microTime(now) } };
  const next = transition(decided, { phase, reason, message }, now);
  return { decision: { target, status: next, action: undefined, finding }, ...recheck };
}

/** An ineffective act stays visible as such until the next act; everything else that waits is held. */
function phaseOf(verdict: Exclude<Verdict, { verdict: 'act' }>, status: IncidentStatus): IncidentStatus['phase'] {
  if (verdict.verdict === 'escalate') return 'Escalated';
  return status.phase === 'Ineffective' ? 'Ineffective' : 'Held';
}

/** The restarts at the first sight of a pod are what tells whether the kubelet has tried since. */
function keepBaseline(status: IncidentStatus, finding: Finding): IncidentStatus {
  return status.pod?.uid === finding.pod.uid && status.evidence !== undefined ? status : about(status, finding);
}

function judged(context: StepContext, incident: Incident, status: IncidentStatus, fault: Fault): Step {
  const same = fault.findings.find(({ pod }) => pod.uid === status.pod?.uid);
  return applyVerdict(context, { update: incident }, status, same ?? fault.findings[0]);
}

/** Nothing is wrong any more: wait until it has been so for long enough. */
function settling(context: StepContext, incident: Incident, status: IncidentStatus): Step {
  const { snapshot, limits, now } = context;
  const since = settledSince(incident, snapshot);
  if (since !== undefined) {
    const seconds = requiredHealthySeconds(incident, snapshot.incidents, limits, now);
    const until = since + seconds * 1000;
    if (now < until) return { recheckAt: until };
    return write(incident, resolved(status, seconds, since, undefined, now));
  }
  if (status.phase !== 'Ineffective') return {};
  const deadline = (millisecondsOf(status.times.actedAt) ?? now) + 2 * limits.verifyTimeoutSeconds * 1000;
  return now < deadline ? { recheckAt: deadline } : write(incident, unhealthyReplacement(status, now));
}

function verifying(context: StepContext, incident: Incident, status: IncidentStatus, fault: Fault | undefined): Step {
  const { snapshot, findings, limits, now } = context;
  const verification = verify(incident, status, snapshot, findings, limits, now);
  switch (verification.state) {
    case 'waiting':
      return { recheckAt: verification.until };
    case 'healthy': {
      const { since, replacement } = verification;
      if (fault === undefined)
        return write(incident, resolved(status, limits.verifyHealthySeconds, since, replacement, now));
      const next = { ...status, replacement: { name: replacement.name, uid: replacement.uid } };
      return judged(context, incident, next, fault);
    }
    case 'ineffective': {
      const { finding, replacement } = verification;
      const message = `The replacement ${replacement.name} fails too. ${finding.message}`;
      const named = { ...status, replacement: { name: replacement.name, uid: replacement.uid } };
      if (fault) {
        const ineffective = transition(named, { phase: 'Ineffective', message }, now);
        return judged(context, incident, ineffective, fault);
      }
      return write(
        incident,
        transition(named, { phase: 'Ineffective', reason: 'replacement-unhealthy', message }, now),
      );
    }
    case 'timed-out': {
      // Scaled down in between, the workload may need no replacement to be whole.
      const since = fault ? undefined : settledSince(incident, snapshot);
      if (since !== undefined && now - since >= limits.verifyHealthySeconds * 1000) {
        return write(incident, resolved(status, limits.verifyHealthySeconds, since, undefined, now));
      }
      const message = `The replacement was not healthy within ${limits.verifyTimeoutSeconds} s.`;
      const ineffective = transition(status, { phase: 'Ineffective', message }, now);
      return fault
        ? judged(context, incident, ineffective, fault)
        : write(incident, unhealthyReplacement(ineffective, now));
    }
  }
}

/** An intent was written and its act is not known to have happened: the process may have ended in between. */
function resume(context: StepContext, incident: Incident, status: IncidentStatus, fault: Fault | undefined): Step {
  const { snapshot, handlers, now } = context;
  const intent = pendingAction(incident);
  if (intent === undefined) return verifying(context, incident, status, fault);
  const pod = snapshot.pods.find(({ uid }) => uid === intent.podUid);
  if (pod === undefined || pod.terminating) {
    const sentAt = millisecondsOf(intent.intendedAt) ?? now;
    return write(incident, afterAct(status, { result: 'done', sentAt }, now));
  }
  const finding = fault?.findings.find(({ pod: { uid } }) => uid === intent.podUid);
  if (finding === undefined) {
    const message = `Pod ${intent.podName} recovered before it was evicted.`;
    return write(incident, afterAct(status, { result: 'refused', reason: 'pod-changed', message }, now));
  }
  const verdict = evaluate({ ...context, finding, incident }, handlers);
  if (verdict.verdict === 'act') {
    return { decision: { target: { update: incident }, status: undefined, action: verdict.action, finding } };
  }
  const { message, reason } = verdict;
  const refused = withAction(status, { ...intent, result: 'refused', message }, true);
  return write(incident, transition(refused, { phase: phaseOf(verdict, refused), reason, message }, now));
}

function unhealthyReplacement(status: IncidentStatus, now: number): IncidentStatus {
  const message = 'The replacement is not healthy and shows no fault that can be acted on; a person is needed.';
  return transition(status, { phase: 'Escalated', reason: 'replacement-unhealthy', message }, now);
}

function write(incident: Incident, status: IncidentStatus): Step {
  return { decision: { target: { update: incident }, status, action: undefined, finding: undefined } };
}

/** The earliest of some times, undefined ones aside. */
export function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
