import { millisecondsOf } from '#contract/micro-time.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { historyMilliseconds } from './history.ts';

/** What heals and fails again and again is not healed: after some episodes that were acted upon a person is called. */
export function recurrenceRail({ snapshot, incident, policy, now }: RailContext): Refusal | undefined {
  const { episodesBeforeEscalation } = policy.limits;
  const episodes = snapshot.incidents.filter(
    ({ metadata, status }) =>
      metadata.uid !== incident?.metadata.uid &&
      (status?.attempts ?? 0) > 0 &&
      now - (millisecondsOf(status?.times.detectedAt) ?? 0) < historyMilliseconds,
  ).length;
  if (episodes < episodesBeforeEscalation) return undefined;
  return {
    skip: 'recurring',
    message: `The workload has had ${episodes} episodes within 4 h that were acted upon; a person is needed.`,
  };
}
