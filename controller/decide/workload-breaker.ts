import { millisecondsOf } from '#contract/micro-time.ts';
import type { BreakerRefusal } from './breaker-refusal.ts';
import type { RailContext } from './context.ts';
import { livePods } from './health.ts';
import { pastActions, pendingAction } from './history.ts';

/**
 * Many pods of one workload that fail together have a template or a dependency to blame: replacing each of them
 * cures nothing. Actions on its pods stop; one on the owner itself may go on. Once open it closes only below half
 * of what opened it, and after its cool-down one action is tried.
 */
export function workloadBreakerRail(context: RailContext): BreakerRefusal | undefined {
  const { snapshot, findings, incident, policy, now } = context;
  const { percentage, podsAtLeast, halfOpenSeconds } = policy.limits.breaker;
  const resetAt = Math.max(
    snapshot.owner?.breakerResetAt ?? 0,
    snapshot.cluster.namespaceResetAt ?? 0,
    snapshot.cluster.clusterResetAt ?? 0,
  );
  const failing = new Set(
    findings.filter(({ faultAt }) => faultAt > resetAt).flatMap(({ pod }) => (pod === undefined ? [] : [pod.uid])),
  ).size;
  const pods = livePods(snapshot).length;
  const lastActionAt = pastActions(snapshot.incidents, now, pendingAction(incident)).at(-1)?.at ?? 0;
  const message = `The breaker of ${snapshot.workload.kind} ${snapshot.workload.name} is open: many of its pods fail at once, so that replacing them cures nothing.`;
  // A breaker of the namespace that held the episode before says nothing about this one.
  const heldSince = (incident?.status?.timeline ?? [])
    .filter((entry) => entry.reason === 'breaker-open' && entry.message === message)
    .map(({ at }) => millisecondsOf(at) ?? 0)
    .find((at) => at > Math.max(lastActionAt, resetAt));
  const hysteresis = heldSince === undefined ? 1 : 0.5;
  const needed = Math.max(podsAtLeast * hysteresis, ((pods * percentage) / 100) * hysteresis, 1);
  if (failing < needed) return undefined;
  const until = (heldSince ?? now) + halfOpenSeconds * 1000;
  if (now >= until) return undefined;
  return {
    skip: 'breaker-open',
    breaker: 'workload',
    until,
    message,
  };
}
