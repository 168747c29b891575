import type { Incident, IncidentAction } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';

/**
 * How long an action counts towards the attempts and the cool-down of its owner. Replacing pods of one template
 * again and again for hours is not healing, even if each replacement looked healthy for a while.
 */
export const historyMilliseconds = 4 * 3_600_000;

/** An action that may have happened: done, or intended without a known result. */
export interface PastAction {
  readonly at: number;
  readonly templateHash: string;
  readonly action: IncidentAction;
}

/** The actions of the last four hours on one workload, oldest first, rebuilt from its incidents. What undoes another is none. */
export function pastActions(
  incidents: readonly Incident[],
  now: number,
  except: IncidentAction | undefined,
): readonly PastAction[] {
  return incidents
    .flatMap(({ spec, status }) =>
      (status?.actions ?? [])
        .filter((action) => action !== except && isAttempt(action))
        .map((action) => ({
          at: millisecondsOf(action.sentAt ?? action.intendedAt) ?? 0,
          templateHash: spec.templateHash,
          action,
        })),
    )
    .filter(({ at }) => now - at < historyMilliseconds)
    .toSorted((one, other) => one.at - other.at);
}

/** Whether an entry counts as an attempt: it was done, or may have been, and was a step of a ladder. */
export function isAttempt({ result, step }: IncidentAction): boolean {
  return step !== undefined && result !== 'refused' && result !== 'failed';
}

/** The last action of an episode if it is not known whether it happened. */
export function pendingAction(incident: Incident | undefined): IncidentAction | undefined {
  const last = incident?.status?.actions?.at(-1);
  return incident?.status?.phase === 'Acting' && last?.result === undefined ? last : undefined;
}
