import type { IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { IncidentPhase, RefusalReason } from '#contract/vocabulary.ts';
import type { DecisionTarget } from '../model/decision.ts';
import { intended } from './act.ts';
import { evaluate, type EscalateVerdict, type HoldVerdict } from './evaluate.ts';
import type { ContextualFinding, Fault } from './join.ts';
import { permit } from './permit.ts';
import { about, transition } from './status.ts';
import { earliest, railContext, type Step, type StepContext } from './step-context.ts';

/** Failing pods of one fault that are judged: where the first may not be touched another may. */
const maximumCandidates = 10;

/** Judges a fault and turns the verdict into the next status, or into nothing when nothing has changed. */
export function judge(
  context: StepContext,
  target: DecisionTarget,
  status: IncidentStatus,
  fault: Fault,
  preferred: ContextualFinding = fault.findings[0],
): Step {
  const incident = 'update' in target ? target.update : undefined;
  const others = fault.findings.filter((one) => one !== preferred).slice(0, maximumCandidates - 1);
  const judged = [preferred, ...others].map((finding) => ({
    finding,
    verdict: evaluate(railContext(context, finding, incident), context.handlers),
  }));
  const chosen = judged.find(({ verdict }) => verdict.verdict === 'act') ?? judged[0];
  if (chosen === undefined) return {};
  const { finding } = chosen;
  const name = 'create' in target ? target.create : target.update.metadata.name;
  const { verdict, proposal, rehearsal } = permit(chosen.verdict, railContext(context, finding, incident), name);
  const { now, policy, epoch } = context;
  const decides = policy.name === '' ? {} : { policy: policy.name };
  if (verdict.verdict === 'act') {
    const next = intended({ ...status, ...decides }, finding, verdict, epoch, now);
    return { decision: { target, status: next, actions: verdict.actions, rehearsal: undefined, finding } };
  }
  const recheckAt = earliest(verdict.verdict === 'hold' ? verdict.until : undefined, finding.expiresAt);
  const recheck = recheckAt === undefined ? {} : { recheckAt };
  const phase = phaseOf(verdict, status);
  if (incident?.status === status && isSame(status, phase, verdict, finding)) return recheck;
  const { reason, message } = verdict;
  const { proposal: _former, ...baseline } = keepBaseline(status, finding);
  const decided = {
    ...baseline,
    ...decides,
    ...(proposal ? { proposal } : {}),
    times: { ...status.times, decidedAt: microTime(now) },
  };
  const moved = transition(decided, { phase, reason, message }, now);
  const next = verdict.verdict === 'hold' && verdict.breaker ? { ...moved, breaker: verdict.breaker } : moved;
  return { decision: { target, status: next, actions: undefined, rehearsal, finding }, ...recheck };
}

function isSame(
  status: IncidentStatus,
  phase: IncidentPhase,
  { reason, message }: HoldVerdict | EscalateVerdict,
  { pod }: ContextualFinding,
): boolean {
  // What the API server said of a rehearsal is appended to the message.
  const sameMessage = status.message === message || (reason === 'observe-mode' && status.message.startsWith(message));
  return status.phase === phase && status.reason === reason && sameMessage && status.pod?.uid === pod?.uid;
}

/** Waiting for its time is deciding; waiting for a person is another thing; an ineffective act stays visible until the next. */
function phaseOf(verdict: HoldVerdict | EscalateVerdict, status: IncidentStatus): IncidentPhase {
  if (verdict.verdict === 'escalate') return 'Escalated';
  if (verdict.reason === 'awaiting-approval') return 'AwaitingApproval';
  if (status.phase === 'Ineffective') return 'Ineffective';
  return waits.has(verdict.reason) ? 'Deciding' : 'Held';
}

const waits: ReadonlySet<RefusalReason> = new Set<RefusalReason>(['jitter', 'step-wait']);

/** The restarts at the first sight of a pod are what tells whether the kubelet has tried since. */
function keepBaseline(status: IncidentStatus, finding: ContextualFinding): IncidentStatus {
  return status.pod?.uid === finding.pod?.uid && status.evidence !== undefined ? status : about(status, finding);
}
