import type { LadderStep } from '../model/policy.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { FindingContext } from './context.ts';
import { pastActions, pendingAction } from './history.ts';

/** A step that may still be tried, with its place in the ladder. */
export interface OpenStep {
  readonly index: number;
  readonly step: LadderStep;
  /** When its own wait is over, in milliseconds since the epoch. */
  readonly notBefore: number;
}

/** What is left of a ladder: attempts so far on this owner and template, and the steps that have some left. */
export interface Ladder {
  readonly attempts: number;
  readonly open: readonly OpenStep[];
}

/**
 * Attempts are counted by owner, template and remedy, whatever pods they were made on and under whatever failure
 * class: a new pod's name forgets nothing, and a fault that changes its face gains nothing. Where a ladder names a remedy twice
 * its attempts fill the lower step first.
 */
export function ladderOf({ finding, snapshot, incident, policy, now }: FindingContext): Ladder {
  const steps = policy.ladderOf(finding.failureClass);
  const past = pastActions(snapshot.incidents, now, pendingAction(incident)).filter(
    ({ templateHash }) => templateHash === finding.templateHash,
  );
  const left = new Map<string, number>();
  for (const { action } of past) left.set(action.handler, (left.get(action.handler) ?? 0) + 1);
  const since = past.at(-1)?.at ?? millisecondsOf(incident?.status?.times.detectedAt) ?? now;
  const open = steps.flatMap((step, index): OpenStep[] => {
    const made = left.get(step.handler) ?? 0;
    left.set(step.handler, Math.max(0, made - step.maxAttempts));
    return made >= step.maxAttempts ? [] : [{ index, step, notBefore: since + step.waitSeconds * 1000 }];
  });
  return { attempts: past.length, open };
}
