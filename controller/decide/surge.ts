import type { Incident, IncidentAction, IncidentStatus, IncidentSurge } from '#contract/incident.ts';
import { microTime, millisecondsOf } from '#contract/micro-time.ts';
import type { ScaleReplicas } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { targetOf } from './act.ts';
import { pendingAction } from './history.ts';
import { transition, withAction } from './status.ts';

/** After our own change the watch may show the old number for a moment. */
const watchMilliseconds = 10_000;

/** A restoring act that was refused is tried again after this, or it would be tried with each look. */
const retryMilliseconds = 60_000;

/** What an episode's surge asks for now. */
export type SurgeStep =
  | { readonly step: 'none' }
  | { readonly step: 'wait'; readonly until: number }
  | { readonly step: 'restore'; readonly action: ScaleReplicas; readonly status: IncidentStatus }
  | { readonly step: 'ended'; readonly status: IncidentStatus };

/** A raised number of replicas is put back at its time by whoever finds it expired, and left alone when someone else has set it. */
export function surgeStep(incident: Incident, snapshot: WorkloadSnapshot, epoch: number, now: number): SurgeStep {
  const { status } = incident;
  const surge = status?.surge;
  if (status === undefined || surge === undefined || surge.ended !== undefined) return { step: 'none' };
  // Not known to have been made: whether it was is looked at first.
  if (pendingAction(incident)?.step !== undefined) return { step: 'none' };
  const actedAt = millisecondsOf(status.times.actedAt) ?? now;
  if (now < actedAt + watchMilliseconds) return { step: 'wait', until: actedAt + watchMilliseconds };
  const current = currentNumber(surge, snapshot);
  if (current === undefined) return ended(status, surge, 'target-gone', `${surge.target.kind} is gone.`, now);
  const until = millisecondsOf(surge.until) ?? now;
  const expired = now >= until;
  if (current === surge.from && expired) return ended(status, surge, 'restored', 'The surge is over.', now);
  if (current !== surge.to) {
    const message = `Someone else set ${surge.target.name} to ${current}; it is left as it is.`;
    return ended(status, surge, 'reverted-by-others', message, now);
  }
  if (!expired) return { step: 'wait', until };
  return restoring(incident, status, surge, snapshot, epoch, now);
}

function restoring(
  { metadata }: Incident,
  status: IncidentStatus,
  surge: IncidentSurge,
  snapshot: WorkloadSnapshot,
  epoch: number,
  now: number,
): SurgeStep {
  // The end of a pause or of observation brings a look of its own.
  if (snapshot.pausedBy !== undefined || snapshot.mode !== 'enabled') return { step: 'none' };
  const last = status.actions?.at(-1);
  const tried = last !== undefined && last.step === undefined && last.result !== 'done' ? last : undefined;
  const retryAt = tried?.result === undefined ? now : (millisecondsOf(tried.intendedAt) ?? 0) + retryMilliseconds;
  if (now < retryAt) return { step: 'wait', until: retryAt };
  const action: ScaleReplicas = {
    kind: 'scale-replicas',
    namespace: metadata.namespace,
    target: surge.target,
    from: surge.to,
    to: surge.from,
  };
  const intent: IncidentAction = {
    kinds: ['scale-replicas'],
    handler: 'scale-replicas',
    target: targetOf(action, undefined),
    epoch,
    intendedAt: microTime(now),
  };
  return { step: 'restore', action, status: withAction(status, intent, tried !== undefined) };
}

/** The status after a surge was put back, or was found to be changed by someone else. */
export function afterRestore(status: IncidentStatus, outcome: Outcome, now: number): IncidentStatus {
  const intent = status.actions?.at(-1);
  if (intent === undefined || status.surge === undefined) return status;
  const restored = outcome.result === 'done';
  const message = restored ? `${intent.target.name} has ${status.surge.from} again.` : outcome.message;
  const action = { ...intent, result: outcome.result, message };
  const next = withAction(status, restored ? { ...action, sentAt: microTime(outcome.sentAt) } : action, true);
  const over = restored || (outcome.result === 'refused' && outcome.reason === 'change-reverted');
  if (!over) return transition(next, { phase: status.phase, message }, now);
  const end = ended(next, status.surge, restored ? 'restored' : 'reverted-by-others', message, now);
  return end.status;
}

function ended(
  status: IncidentStatus,
  surge: IncidentSurge,
  how: NonNullable<IncidentSurge['ended']>,
  message: string,
  now: number,
): { readonly step: 'ended'; readonly status: IncidentStatus } {
  const over = { ...status, surge: { ...surge, ended: how } };
  const reason = status.reason === undefined ? {} : { reason: status.reason };
  return { step: 'ended', status: transition(over, { phase: status.phase, ...reason, message }, now) };
}

function currentNumber({ target }: IncidentSurge, { owner, autoscaler }: WorkloadSnapshot): number | undefined {
  if (target.kind === 'HorizontalPodAutoscaler') {
    return autoscaler?.uid === target.uid ? autoscaler.minReplicas : undefined;
  }
  return owner?.reference.uid === target.uid ? owner.replicas : undefined;
}
