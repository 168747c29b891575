import { microTime } from '#contract/micro-time.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { pastActions, pendingAction } from './history.ts';

/** Longest wait between two actions on one owner. */
const maximumSeconds = 1800;

/** Wait after the n-th action on an owner: the base, doubling, at most 30 min. */
export function cooldownSeconds(baseSeconds: number, actions: number): number {
  return Math.max(baseSeconds, Math.min(baseSeconds * 2 ** Math.min(Math.max(actions - 1, 0), 30), maximumSeconds));
}

/** One action at a time and owner, with growing gaps, whatever its template and failure class. */
export function cooldownRail({ snapshot, incident, limits, now }: RailContext): Refusal | undefined {
  const actions = pastActions(snapshot.incidents, now, pendingAction(incident));
  const last = actions.at(-1);
  if (last === undefined) return undefined;
  const until = last.at + cooldownSeconds(limits.cooldownSeconds, actions.length) * 1000;
  if (now >= until) return undefined;
  return {
    skip: 'cooldown-active',
    until,
    message: `The last action was at ${microTime(last.at)}; the next may follow at ${microTime(until)}.`,
  };
}
