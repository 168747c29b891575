import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { pastActions, pendingAction } from './history.ts';

/** Attempts so far on this owner and template, whatever pods they were made on: a new pod name forgets nothing. */
function attemptsSoFar({ finding, snapshot, incident, now }: RailContext): number {
  return pastActions(snapshot.incidents, now, pendingAction(incident)).filter(
    ({ templateHash }) => templateHash === finding.pod.templateHash,
  ).length;
}

/** After the allowed attempts a person has to look: a fault in the template comes back with each new pod. */
export function attemptsRail(context: RailContext): Refusal | undefined {
  const attempts = attemptsSoFar(context);
  if (attempts < context.limits.maxAttempts) return undefined;
  return {
    skip: 'attempts-exhausted',
    message: `${attempts} replacements of this template within 4 h did not cure it; a person is needed.`,
  };
}
