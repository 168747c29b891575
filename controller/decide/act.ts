import type { IncidentAction, IncidentStatus, IncidentSurge } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { Action } from '../model/action.ts';
import type { Finding } from '../model/finding.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ActVerdict } from './evaluate.ts';
import { about, transition, withAction } from './status.ts';

/** The status that holds the intent. It is stored before anything is done. */
export function intended(
  status: IncidentStatus,
  finding: Finding,
  verdict: ActVerdict,
  epoch: number,
  now: number,
): IncidentStatus {
  const [first] = verdict.actions;
  const intent: IncidentAction = {
    kinds: verdict.actions.map(({ kind }) => kind),
    handler: verdict.handler,
    step: verdict.step,
    target: targetOf(first, finding.container),
    epoch,
    intendedAt: microTime(now),
  };
  const last = status.actions?.at(-1);
  // A refusal that is asked again is one entry, or a stubborn disruption budget would push real actions out.
  const again = last?.result === 'refused' && last.target.uid === intent.target.uid && last.handler === intent.handler;
  const { proposal: _approved, ...rest } = about(status, finding);
  const surge = surgeOf(first);
  const decided = { ...rest, ...(surge ? { surge } : {}), times: { ...status.times, decidedAt: microTime(now) } };
  return transition(withAction(decided, intent, again), { phase: 'Acting', message: `Will ${verdict.message}.` }, now);
}

export function targetOf(action: Action, container: string | undefined): IncidentAction['target'] {
  switch (action.kind) {
    case 'evict-pod':
    case 'restart-container':
    case 'clear-cache': {
      const pod = { kind: 'Pod', name: action.podName, uid: action.podUid };
      return container === undefined ? pod : { ...pod, container };
    }
    case 'restart-rollout': {
      const { kind, name, uid } = action.workload;
      return { kind, name, uid };
    }
    case 'scale-replicas': {
      const { kind, name, uid } = action.target;
      return { kind, name, uid };
    }
  }
}

/** The status after the act was tried. */
export function afterAct(status: IncidentStatus, outcome: Outcome, now: number): IncidentStatus {
  const intent = status.actions?.at(-1);
  if (intent === undefined) return status;
  switch (outcome.result) {
    case 'done': {
      const sentAt = microTime(outcome.sentAt);
      const acted = withAction(status, { ...intent, sentAt, result: 'done' }, true);
      const timed = { ...acted, times: { ...acted.times, actedAt: sentAt } };
      const message = `${outcome.message ?? doneSentence(intent)} Waiting for it to be healthy.`;
      return transition(timed, { phase: 'Verifying', message }, now);
    }
    case 'refused': {
      const { reason, message } = outcome;
      const refused = withAction(withoutSurge(status, intent), { ...intent, result: 'refused', message }, true);
      return transition(refused, { phase: 'Held', reason, message }, now);
    }
    case 'failed': {
      const { message } = outcome;
      const failed = withAction(withoutSurge(status, intent), { ...intent, result: 'failed', message }, true);
      return transition(failed, { phase: 'Escalated', reason: 'action-failed', message }, now);
    }
  }
}

/** A surge is written with its intent, so that whoever finds it after a crash knows what to put back. */
function surgeOf(action: Action): IncidentSurge | undefined {
  if (action.kind !== 'scale-replicas' || action.until === undefined) return undefined;
  const { target, from, to, until } = action;
  return { target, from, to, until: microTime(until) };
}

function withoutSurge(status: IncidentStatus, { kinds }: IncidentAction): IncidentStatus {
  if (!kinds.includes('scale-replicas')) return status;
  const { surge: _neverMade, ...rest } = status;
  return rest;
}

/** For an act that is found to have happened, so that nobody is there who says what it did. */
function doneSentence({ kinds, target: { kind, name, container } }: IncidentAction): string {
  switch (kinds.at(-1)) {
    case 'evict-pod':
      return `Pod ${name} was evicted${kinds.length > 1 ? ' after its cache was cleared' : ''}.`;
    case 'restart-container':
      return `Container ${container ?? ''} of pod ${name} was restarted in place.`;
    case 'clear-cache':
      return `The cache of pod ${name} was cleared.`;
    case 'restart-rollout':
      return `${kind} ${name} was rolled out anew.`;
    case 'scale-replicas':
      return `${kind} ${name} was scaled.`;
    case undefined:
      return '';
  }
}
