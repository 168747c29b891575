import { millisecondsOf, microTime } from '#contract/micro-time.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { pastActions } from './history.ts';

/** A rollout that begins this soon after our own restart of it is ours and not a person's. */
const ownRolloutMilliseconds = 30_000;

/** What changes the declaration needs the operator's and the policy's word, and never goes against a tool that declares it. */
export function driftRail({ snapshot, policy }: RailContext): Refusal | undefined {
  if (!policy.driftAllowed) {
    return {
      skip: 'drift-not-allowed',
      message:
        'This changes what people declared; the chart (driftActions) and the policy (allow.drift) must both allow it.',
    };
  }
  const managedBy = snapshot.owner?.managedBy ?? gitOpsOf(snapshot.autoscaler?.managedBy);
  if (managedBy === undefined) return undefined;
  return { skip: 'gitops-owned', message: `The workload is declared by ${managedBy}, which would undo the change.` };
}

function gitOpsOf(managedBy: 'keda' | 'argo-cd' | 'flux' | 'helm' | undefined): string | undefined {
  return managedBy === 'keda' ? undefined : managedBy;
}

/** A person who has just rolled out is at work: what changes the workload itself waits. */
export function standDownRail({ snapshot, policy, now }: RailContext): Refusal | undefined {
  const rolledOutAt = snapshot.replicaSets[0]?.createdAt;
  if (rolledOutAt === undefined || snapshot.replicaSets.length < 2) return undefined;
  const until = rolledOutAt + policy.limits.standDownSeconds * 1000;
  if (now >= until) return undefined;
  const ours = pastActions(snapshot.incidents, now, undefined).some(
    ({ at, action }) =>
      action.kinds.includes('restart-rollout') && Math.abs(rolledOutAt - at) <= ownRolloutMilliseconds,
  );
  if (ours) return undefined;
  return {
    skip: 'stand-down',
    until,
    message: `The workload was rolled out at ${microTime(rolledOutAt)}; changes of it wait until ${microTime(until)}.`,
  };
}

/** What someone undid is not done again. */
export function revertedRail({ snapshot, now }: RailContext): Refusal | undefined {
  const reverted = snapshot.incidents.find(
    ({ status }) =>
      status?.surge?.ended === 'reverted-by-others' && now - (millisecondsOf(status.surge.until) ?? 0) < 14_400_000,
  );
  if (reverted === undefined) return undefined;
  return {
    skip: 'change-reverted',
    message: `Someone undid the surge of incident ${reverted.metadata.name}; it is not made again.`,
  };
}
