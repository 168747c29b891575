import { millisecondsOf, microTime } from '#contract/micro-time.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { pendingAction } from './history.ts';

const hourMilliseconds = 3_600_000;

/** Bounds what is done in one namespace within an hour, whatever its workloads. */
export function budgetRail({ snapshot, incident, policy, now }: RailContext): Refusal | undefined {
  const { actionsPerHour } = policy.limits;
  const pending = millisecondsOf(pendingAction(incident)?.intendedAt);
  const recent = snapshot.cluster.actions.filter(
    ({ at, namespace, workloadUid }) =>
      namespace === snapshot.namespace &&
      now - at < hourMilliseconds &&
      (workloadUid !== snapshot.workload.uid || at !== pending),
  );
  if (recent.length < actionsPerHour) return undefined;
  const next = recent[recent.length - actionsPerHour];
  const until = (next?.at ?? now) + hourMilliseconds;
  return {
    skip: 'budget-exhausted',
    until,
    message: `The ${actionsPerHour} actions that namespace ${snapshot.namespace} may have within an hour are used up until ${microTime(until)}.`,
  };
}
