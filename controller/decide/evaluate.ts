import type { RefusalReason } from '#contract/vocabulary.ts';
import type { Action } from '../model/action.ts';
import type { Handler } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { rails } from './rails.ts';

export type Verdict =
  | { readonly verdict: 'act'; readonly action: Action; readonly handler: string; readonly message: string }
  | { readonly verdict: 'hold'; readonly reason: RefusalReason; readonly message: string; readonly until?: number }
  | { readonly verdict: 'escalate'; readonly reason: RefusalReason; readonly message: string };

/** What to do about one finding. In observe mode the same is worked out, and then only said. */
export function evaluate(context: RailContext, handlers: readonly Handler[]): Verdict {
  const verdict = judge(context, handlers);
  if (context.snapshot.mode === 'enabled') return verdict;
  return { verdict: 'hold', reason: 'observe-mode', message: wouldHave(verdict) };
}

function judge(context: RailContext, handlers: readonly Handler[]): Verdict {
  const { finding, snapshot } = context;
  const handler = handlers.find(({ failureClasses }) => failureClasses.includes(finding.failureClass));
  if (handler === undefined) return withoutHandler(context);
  for (const rail of rails) {
    const refusal = rail(context);
    if (refusal === undefined) continue;
    const { skip: reason, message, until } = refusal;
    if (reason === 'attempts-exhausted') return { verdict: 'escalate', reason, message };
    return { verdict: 'hold', reason, message, ...(until === undefined ? {} : { until }) };
  }
  const plan = handler.plan(finding, snapshot);
  if ('act' in plan) return { verdict: 'act', action: plan.act, handler: handler.name, message: plan.message };
  const { skip: reason, message, until } = plan;
  return { verdict: 'hold', reason, message, ...(until === undefined ? {} : { until }) };
}

/** Readiness is a pod's own word that it wants no traffic, so it is only recorded; everything else needs a person. */
function withoutHandler({ finding }: RailContext): Verdict {
  const reason = 'no-handler';
  if (finding.failureClass === 'ReadinessProbeFailed') {
    return { verdict: 'hold', reason, message: 'Failing readiness alone never restarts anything.' };
  }
  return {
    verdict: 'escalate',
    reason,
    message: 'Nothing that may be done automatically cures this; a person is needed.',
  };
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

/** A cool-down's message names times; repeated in observe mode it would change the incident for nothing. */
function withoutTimes(verdict: Extract<Verdict, { verdict: 'hold' }>): string {
  return verdict.reason === 'cooldown-active' ? 'the last action is too recent.' : verdict.message;
}
