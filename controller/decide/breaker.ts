import type { BreakerLimits } from '../model/limits.ts';
import type { Detection, NamedAction } from '../model/snapshot.ts';

/** What a breaker says at one moment. A closed one lets pass; a half-open one lets one action pass. */
export type BreakerState =
  | { readonly state: 'closed' }
  | { readonly state: 'half-open' }
  | { readonly state: 'open'; readonly until: number; readonly failing: number };

/** A scope of a breaker: what happened in it, and how much must fail before it opens. */
export interface BreakerScope {
  /** Oldest first. */
  readonly detections: readonly Pick<Detection, 'at' | 'workloadUid'>[];
  /** Oldest first. */
  readonly actions: readonly NamedAction[];
  /** Workloads in the scope. */
  readonly workloads: number;
  readonly percentage: number;
  readonly workloadsAtLeast: number;
  /** What happened before does not count: a person has looked. */
  readonly resetAt: number | undefined;
}

/** A trial of a half-open breaker whose result is not known yet is asked about again after this. */
const trialMilliseconds = 30_000;

/**
 * Replays what happened in a scope, so that the state outlives every restart. It trips at each detection that makes
 * a share AND a number of workloads fail within the window. It stays open for its cool-down after the last trip; then
 * one action is let through, and only one that helped closes it.
 */
export function breakerState(scope: BreakerScope, limits: BreakerLimits, now: number): BreakerState {
  const since = scope.resetAt ?? 0;
  // Who acts has detected, also while its incident is still being written.
  const failures = [...scope.detections, ...scope.actions]
    .filter(({ at }) => at > since && at <= now)
    .toSorted((one, other) => one.at - other.at);
  const trip = lastTrip(failures, scope, limits.windowSeconds * 1000);
  if (trip === undefined) return { state: 'closed' };
  const halfOpenAt = trip.at + limits.halfOpenSeconds * 1000;
  if (now < halfOpenAt) return { state: 'open', until: halfOpenAt, failing: trip.failing };
  const trials = scope.actions.filter(({ at }) => at >= halfOpenAt && at <= now);
  const trial = trials.at(-1);
  if (trial === undefined) return { state: 'half-open' };
  // What is done after one that helped is no trial any more.
  if (trials.some(({ helped }) => helped === true)) return { state: 'closed' };
  const retryAt = trial.helped === undefined ? now + trialMilliseconds : trial.at + limits.halfOpenSeconds * 1000;
  return now < retryAt ? { state: 'open', until: retryAt, failing: trip.failing } : { state: 'half-open' };
}

function lastTrip(
  failures: readonly Pick<Detection, 'at' | 'workloadUid'>[],
  { workloads, percentage, workloadsAtLeast }: BreakerScope,
  windowMilliseconds: number,
): { readonly at: number; readonly failing: number } | undefined {
  const needed = Math.max(workloadsAtLeast, Math.ceil((workloads * percentage) / 100), 1);
  const inWindow = new Map<string, number>();
  let trip: { readonly at: number; readonly failing: number } | undefined;
  let oldest = 0;
  for (const { at, workloadUid } of failures) {
    inWindow.set(workloadUid, (inWindow.get(workloadUid) ?? 0) + 1);
    for (let first = failures[oldest]; first && first.at <= at - windowMilliseconds; first = failures[oldest]) {
      oldest += 1;
      const left = (inWindow.get(first.workloadUid) ?? 1) - 1;
      if (left === 0) inWindow.delete(first.workloadUid);
      else inWindow.set(first.workloadUid, left);
    }
    if (inWindow.size >= needed) trip = { at, failing: inWindow.size };
  }
  return trip;
}
