import { apiGroup, approvedAnnotation } from '#contract/annotations.ts';
import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime, millisecondsOf } from '#contract/micro-time.ts';
import type { Actions } from '../model/decision.ts';
import type { RailContext } from './context.ts';
import type { ActVerdict, EscalateVerdict, HoldVerdict, Verdict } from './evaluate.ts';
import { fnv1a } from './hash.ts';

type Proposal = NonNullable<IncidentStatus['proposal']>;

/** What may follow from a verdict: itself, or a hold that says what would have been done. */
export interface Permit {
  readonly verdict: Verdict;
  /** What a person is asked to approve. */
  readonly proposal?: Proposal;
  /** What only observation holds back, so that it may be tried without effect. */
  readonly rehearsal?: Actions;
}

/** Lets a verdict through as far as the namespace's and the policy's modes go. */
export function permit(verdict: Verdict, context: RailContext, incidentName: string): Permit {
  if (onlyObserves(context)) {
    const hold: HoldVerdict = { verdict: 'hold', reason: 'observe-mode', message: wouldHave(verdict) };
    return verdict.verdict === 'act' ? { verdict: hold, rehearsal: verdict.actions } : { verdict: hold };
  }
  if (verdict.verdict !== 'act' || context.policy.mode !== 'Approve') return { verdict };
  return askFirst(verdict, context, incidentName);
}

/** Whether the namespace's word or the policy's is to look on. */
export function onlyObserves({ snapshot, policy }: Pick<RailContext, 'snapshot' | 'policy'>): boolean {
  return snapshot.mode !== 'enabled' || policy.mode === 'Observe';
}

function askFirst(verdict: ActVerdict, context: RailContext, incidentName: string): Permit {
  const { incident, snapshot, policy, now } = context;
  const id = proposalId(verdict, incidentName, incident?.status?.attempts ?? 0);
  const known = incident?.status?.proposal;
  const proposal: Proposal = known?.id === id ? known : { id, at: microTime(now), message: `Will ${verdict.message}.` };
  const until = (millisecondsOf(proposal.at) ?? now) + policy.limits.approvalSeconds * 1000;
  if (now >= until) {
    const expired: EscalateVerdict = {
      verdict: 'escalate',
      reason: 'approval-expired',
      message: `Nobody approved in time: would ${verdict.message}.`,
    };
    return { verdict: expired, proposal };
  }
  if (incident?.metadata.annotations?.[approvedAnnotation] === id) return { verdict };
  const command = `kubectl -n ${snapshot.namespace} annotate --overwrite incidents.${apiGroup} ${incidentName} ${approvedAnnotation}=${id}`;
  const message = `Would ${verdict.message}. To approve until ${microTime(until)}: ${command}`;
  return { verdict: { verdict: 'hold', reason: 'awaiting-approval', message, until }, proposal };
}

/** Whether a person has approved an act whose intent is written, and counted, already. */
export function wasApproved(verdict: ActVerdict, { metadata, status }: Incident): boolean {
  const attempts = status?.attempts ?? 0;
  const approved = metadata.annotations?.[approvedAnnotation];
  return [attempts, attempts - 1].some((made) => approved === proposalId(verdict, metadata.name, made));
}

/** Names what is proposed, so that an approval of one act is none of the next. */
function proposalId({ handler, actions }: ActVerdict, incidentName: string, attempts: number): string {
  const what = actions.map((action) => `${action.kind}/${'podUid' in action ? action.podUid : action.namespace}`);
  return `${handler}-${fnv1a([incidentName, handler, attempts, ...what].join('/')).toString(36)}`;
}

function wouldHave(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'act':
      return `Would ${verdict.message}.`;
    case 'hold':
      return `Would do nothing (${verdict.reason}): ${withoutTimes(verdict)}`;
    case 'escalate':
      return `Would call a person (${verdict.reason}): ${verdict.message}`;
  }
}

/** A message that names times would, repeated in observe mode, change the incident for nothing. */
function withoutTimes(verdict: HoldVerdict): string {
  return verdict.until === undefined || verdict.reason === 'breaker-open'
    ? verdict.message
    : 'it would be tried again later.';
}
