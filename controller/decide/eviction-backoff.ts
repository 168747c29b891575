import { millisecondsOf } from '#contract/micro-time.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';

/** A disruption budget that refused is asked again after 30 s, then after twice as long each time, at most 30 min. */
const firstMilliseconds = 30_000;
const maximumMilliseconds = 1_800_000;

/** Gives a disruption budget that refused time to change, instead of asking at each event. */
export function evictionBackoffRail({ finding, incident, now }: RailContext): Refusal | undefined {
  const last = incident?.status?.actions?.at(-1);
  if (incident?.status?.reason !== 'eviction-blocked' || last === undefined) return undefined;
  if (last.target.uid !== finding.pod?.uid) return undefined;
  const refusals = incident.status.timeline.filter(({ reason }) => reason === 'eviction-blocked').length;
  const wait = Math.min(firstMilliseconds * 2 ** Math.max(refusals - 1, 0), maximumMilliseconds);
  const until = (millisecondsOf(last.intendedAt) ?? 0) + wait;
  return now >= until ? undefined : { skip: 'eviction-blocked', message: incident.status.message, until };
}
