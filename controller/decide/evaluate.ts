import { microTime } from '#contract/micro-time.ts';
import type { HandlerName, RefusalReason } from '#contract/vocabulary.ts';
import type { Actions } from '../model/decision.ts';
import type { Handler, Refusal } from '../model/plan.ts';
import { refusalOf } from './action-rails.ts';
import type { BreakerRefusal } from './breaker-refusal.ts';
import type { FindingContext } from './context.ts';
import { pastActions, pendingAction } from './history.ts';
import { ladderOf, type OpenStep } from './ladder.ts';
import { passingRails, rails } from './rails.ts';

export interface ActVerdict {
  readonly verdict: 'act';
  readonly actions: Actions;
  readonly handler: HandlerName;
  /** Index of the ladder's step. */
  readonly step: number;
  /** What is done, as it follows "will" or "would". */
  readonly message: string;
}

export interface HoldVerdict {
  readonly verdict: 'hold';
  readonly reason: RefusalReason;
  readonly message: string;
  readonly until?: number;
  readonly breaker?: BreakerRefusal['breaker'];
}

export interface EscalateVerdict {
  readonly verdict: 'escalate';
  readonly reason: RefusalReason;
  readonly message: string;
}

export type Verdict = ActVerdict | HoldVerdict | EscalateVerdict;

/** A remedy that can't be applied to this pod, for good or for long: the ladder goes on to its next step. */
const goesOn: ReadonlySet<RefusalReason> = new Set<RefusalReason>([
  'not-applicable',
  'agent-unavailable',
  'container-restarted-recently',
  'no-controller',
  'local-data',
  'drift-not-allowed',
  'gitops-owned',
  'autoscaler-owned',
  'two-budgets',
  'eviction-blocked',
]);

/** These say nothing of use to a person when another step was refused for a reason that does. */
const quiet: ReadonlySet<RefusalReason> = new Set<RefusalReason>(['not-applicable', 'agent-unavailable']);

/** What is to be done about one finding, were it allowed: modes, observation and approval come after. */
export function evaluate(context: FindingContext, handlers: readonly Handler[]): Verdict {
  for (const rail of rails) {
    const refusal = rail(context);
    if (refusal) return held(refusal);
  }
  const { attempts, open } = ladderOf(context);
  const steps = context.policy.ladderOf(context.finding.failureClass);
  if (steps.length === 0) return { verdict: 'hold', reason: 'no-handler', message: 'This is only recorded.' };
  if (open.length === 0) return exhausted(attempts);
  const refusals: Refusal[] = [];
  for (const one of open) {
    const verdict = tryStep(one, context, handlers, attempts, refusals);
    if (verdict) return verdict;
  }
  const inPlace = insteadOfEviction(context, handlers, refusals);
  if (inPlace) return inPlace;
  const telling = refusals.find(({ skip }) => !quiet.has(skip)) ?? refusals[0];
  // Steps that were tried and did not help, and none of the others can be: that is the end of the ladder.
  if (telling === undefined || (attempts > 0 && open.length < steps.length && quiet.has(telling.skip))) {
    return exhausted(attempts);
  }
  return held(telling);
}

/** The verdict of one step, or undefined when the ladder goes on. */
function tryStep(
  { index, step, notBefore }: OpenStep,
  context: FindingContext,
  handlers: readonly Handler[],
  attempts: number,
  refusals: Refusal[],
): Verdict | undefined {
  const handler = handlers.find(({ name }) => name === step.handler);
  if (handler === undefined) return undefined;
  const plan = handler.plan(context.finding, context.snapshot, step.settings, context.now);
  if ('skip' in plan) {
    if (!goesOn.has(plan.skip)) return held(plan);
    refusals.push(plan);
    return undefined;
  }
  if (context.now < notBefore) {
    const message = `The policy waits until ${microTime(notBefore)} before its step ${step.handler}.`;
    return { verdict: 'hold', reason: 'step-wait', message, until: notBefore };
  }
  if ('escalate' in plan) {
    // A refusal that stopped an earlier step is what the person should hear of first.
    const [stopped] = refusals.filter(({ skip }) => !quiet.has(skip));
    if (stopped) return { verdict: 'escalate', reason: stopped.skip, message: `${stopped.message} ${plan.escalate}` };
    return { verdict: 'escalate', reason: attempts > 0 ? 'attempts-exhausted' : 'no-handler', message: plan.escalate };
  }
  const refusal = refusalOf(plan.act, context);
  if (refusal && goesOn.has(refusal.skip)) {
    refusals.push(refusal);
    return undefined;
  }
  if (refusal) return held(refusal);
  const passing = passingRefusal(context);
  if (passing) return passing;
  return { verdict: 'act', actions: plan.act, handler: handler.name, step: index, message: plan.message };
}

/**
 * A pod that fails and may not be evicted, since a disruption budget counts on it, serves nobody: restarting it in
 * place takes nothing away from that budget.
 */
function insteadOfEviction(
  context: FindingContext,
  handlers: readonly Handler[],
  refusals: readonly Refusal[],
): Verdict | undefined {
  const { finding, snapshot, now } = context;
  const blocked = refusals.some(({ skip }) => skip === 'eviction-blocked' || skip === 'two-budgets');
  const handler = handlers.find(({ name }) => name === 'restart-container');
  if (!blocked || handler === undefined || finding.pod === undefined || finding.pod.ready) return undefined;
  const made = pastActions(snapshot.incidents, now, pendingAction(context.incident)).filter(
    ({ action, templateHash }) => action.handler === handler.name && templateHash === finding.templateHash,
  );
  // No ladder bounds what none names.
  if (made.length >= context.policy.limits.maxAttempts) return undefined;
  const settings = Object.fromEntries(
    Object.entries(handler.settings.properties).map(([key, property]) => [key, property.default]),
  );
  const plan = handler.plan(finding, snapshot, settings, now);
  if (!('act' in plan) || refusalOf(plan.act, context)) return undefined;
  const passing = passingRefusal(context);
  if (passing) return passing;
  return { verdict: 'act', actions: plan.act, handler: handler.name, step: 0, message: plan.message };
}

function passingRefusal(context: FindingContext): HoldVerdict | EscalateVerdict | undefined {
  for (const rail of passingRails) {
    const refusal = rail(context);
    if (refusal === undefined) continue;
    const { skip: reason, message } = refusal;
    return reason === 'recurring' ? { verdict: 'escalate', reason, message } : held(refusal);
  }
  return undefined;
}

function exhausted(attempts: number): EscalateVerdict {
  return {
    verdict: 'escalate',
    reason: 'attempts-exhausted',
    message: `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} on this template within 4 h did not cure it; a person is needed.`,
  };
}

function held(refusal: Refusal | BreakerRefusal): HoldVerdict {
  const { skip: reason, message, until } = refusal;
  return {
    verdict: 'hold',
    reason,
    message,
    ...(until === undefined ? {} : { until }),
    ...('breaker' in refusal ? { breaker: refusal.breaker } : {}),
  };
}
