import { millisecondsOf } from '#contract/micro-time.ts';
import type { BreakerRefusal } from './breaker-refusal.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import type { RailContext } from './context.ts';
import { livePods } from './health.ts';
import { pastActions, pendingAction } from './history.ts';

/** One exit is no fault yet, but of many pods that fail at once one is always the first to be sure. */
const recentExitMilliseconds = 60_000;

/**
 * Many pods of one workload that fail together have a template or a dependency to blame: replacing each of them
 * cures nothing. Actions on its pods stop; one on the owner itself may go on. Once open it closes only below half
 * of what opened it, and after its cool-down one action is tried.
 */
export function workloadBreakerRail(context: RailContext): BreakerRefusal | undefined {
  const { snapshot, incident, policy, now } = context;
  const { percentage, podsAtLeast, halfOpenSeconds } = policy.limits.breaker;
  const resetAt = Math.max(
    snapshot.owner?.breakerResetAt ?? 0,
    snapshot.cluster.namespaceResetAt ?? 0,
    snapshot.cluster.clusterResetAt ?? 0,
  );
  const failing = failingPods(context, resetAt);
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

/** How many pods fail since a moment: those with a finding, and those whose app has ended a short while ago. */
function failingPods({ findings, snapshot, now }: RailContext, since: number): number {
  const found = findings.filter(({ faultAt }) => faultAt > since).flatMap(({ pod }) => pod?.uid ?? []);
  const endedAfter = Math.max(since, now - recentExitMilliseconds);
  const ended = livePods(snapshot).filter((pod) => hasFailedAfter(pod, endedAfter));
  return new Set([...found, ...ended.map(({ uid }) => uid)]).size;
}

function hasFailedAfter({ containers }: PodSnapshot, moment: number): boolean {
  return containers.some(({ exits }) =>
    exits.some(({ exitCode, finishedAt }) => exitCode !== 0 && finishedAt > moment),
  );
}
