import { millisecondsOf } from '#contract/micro-time.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';
import { fnv1a } from './hash.ts';

/** Faults that are detected within this time of each other are due together. */
const togetherMilliseconds = 5_000;

/** Fewer others than this are no wave. */
const wave = 2;

/** Each workload of a wave adds this much to the time over which it is spread, up to a bound. */
const spreadMillisecondsEach = 1_000;
const spreadMillisecondsAtMost = 15_000;

/**
 * Spreads the first actions of several workloads that are due at once over some seconds. A lone workload is not
 * made to wait. The place of each is a hash of its uid, so that judging again gives the same time.
 */
export function jitterRail({ snapshot, incident, now }: RailContext): Refusal | undefined {
  if ((incident?.status?.attempts ?? 0) > 0) return undefined;
  const detectedAt = millisecondsOf(incident?.status?.times.detectedAt) ?? now;
  const others = new Set(
    snapshot.cluster.detections
      .filter(
        ({ at, workloadUid }) =>
          workloadUid !== snapshot.workload.uid && Math.abs(detectedAt - at) <= togetherMilliseconds,
      )
      .map(({ workloadUid }) => workloadUid),
  ).size;
  if (others < wave) return undefined;
  const spread = Math.min(others * spreadMillisecondsEach, spreadMillisecondsAtMost);
  const until = detectedAt + Math.floor((fnv1a(snapshot.workload.uid) / 2 ** 32) * spread);
  if (now >= until) return undefined;
  return {
    skip: 'jitter',
    until,
    message: 'Several workloads are due at once; their actions are spread over some seconds.',
  };
}
