import { microTime } from '#contract/micro-time.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { pastActions, pendingAction } from './history.ts';

/** Wait after the n-th action on an owner: the base, doubling, up to the maximum. */
export function cooldownSeconds(baseSeconds: number, maximumSeconds: number, actions: number): number {
  return Math.max(baseSeconds, Math.min(baseSeconds * 2 ** Math.min(Math.max(actions - 1, 0), 30), maximumSeconds));
}

/** One action at a time and owner, with growing gaps, whatever its template and failure class. */
export function cooldownRail({ snapshot, incident, policy, now }: RailContext): Refusal | undefined {
  const actions = pastActions(snapshot.incidents, now, pendingAction(incident));
  const last = actions.at(-1);
  if (last === undefined) return undefined;
  const { limits } = policy;
  const wait = cooldownSeconds(limits.cooldownSeconds, limits.cooldownMaximumSeconds, actions.length);
  const until = last.at + wait * 1000;
  if (now >= until) return undefined;
  return {
    skip: 'cooldown-active',
    until,
    message: `The last action was at ${microTime(last.at)}; the next may follow at ${microTime(until)}.`,
  };
}
