import type { IncidentAction, IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { Finding } from '../model/finding.ts';
import type { Outcome } from '../model/outcome.ts';
import { about, transition, withAction } from './status.ts';
import type { Verdict } from './evaluate.ts';

/** The status that holds the intent. It is stored before anything is done. */
export function intended(
  status: IncidentStatus,
  finding: Finding,
  verdict: Extract<Verdict, { verdict: 'act' }>,
  now: number,
): IncidentStatus {
  const intent: IncidentAction = {
    kind: verdict.action.kind,
    handler: verdict.handler,
    podName: verdict.action.podName,
    podUid: verdict.action.podUid,
    intendedAt: microTime(now),
  };
  const last = status.actions?.at(-1);
  // A refusal that is asked again is one entry, or a stubborn disruption budget would push real actions out.
  const again = last?.result === 'refused' && last.podUid === intent.podUid;
  const decided = { ...about(status, finding), times: { ...status.times, decidedAt: microTime(now) } };
  return transition(withAction(decided, intent, again), { phase: 'Acting', message: `Will ${verdict.message}.` }, now);
}

/** The status after the act was tried. */
export function afterAct(status: IncidentStatus, outcome: Outcome, now: number): IncidentStatus {
  const intent = status.actions?.at(-1);
  if (intent === undefined) return status;
  switch (outcome.result) {
    case 'done': {
      const sentAt = microTime(outcome.sentAt);
      const acted = withAction(status, { ...intent, sentAt, result: 'done' }, true);
      const message = `Pod ${intent.podName} was evicted; waiting for its replacement to be healthy.`;
      return transition({ ...acted, times: { ...acted.times, actedAt: sentAt } }, { phase: 'Verifying', message }, now);
    }
    case 'refused': {
      const { reason, message } = outcome;
      const refused = withAction(status, { ...intent, result: 'refused', message }, true);
      return transition(refused, { phase: 'Held', reason, message }, now);
    }
    case 'failed': {
      const { message } = outcome;
      const failed = withAction(status, { ...intent, result: 'failed', message }, true);
      return transition(failed, { phase: 'Escalated', reason: 'action-failed', message }, now);
    }
  }
}
