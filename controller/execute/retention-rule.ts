import { millisecondsOf } from '#contract/micro-time.ts';
import type { Incident } from '#contract/incident.ts';

export interface RetentionLimits {
  /** Age from the last thing that happened in it. */
  readonly maximumAgeSeconds: number;
  readonly maximumPerNamespace: number;
}

/** Cool-downs, attempts and recurrences look 4 h back and are rebuilt from incidents; the rest is for clocks that differ. */
const neededMilliseconds = (4 * 60 + 10) * 60_000;

/** From this many times the maximum on, a namespace's flood harms the cluster more than a forgotten attempt does. */
const floodFactor = 4;

interface Ended {
  readonly incident: Incident;
  readonly at: number;
}

/**
 * The incidents that may be forgotten, oldest first: those that are over and too old, then those that are too many in
 * their namespace. Never one that is open, that a rail still needs, or that has yet to put a number of replicas back.
 */
export function forgettable(
  incidents: readonly Incident[],
  limits: RetentionLimits,
  workloadExists: (uid: string) => boolean,
  now: number,
): readonly Incident[] {
  const byNamespace = Map.groupBy(incidents, ({ metadata }) => metadata.namespace);
  return [...byNamespace.values()].flatMap((all) => {
    const ended = all
      .filter((incident) => isOver(incident, workloadExists))
      .map((incident): Ended => ({ incident, at: lastMoment(incident) }))
      .toSorted((one, other) => one.at - other.at);
    return forgottenOf(ended, all.length, limits, now).map(({ incident }) => incident);
  });
}

/** `ended` is sorted, so that what is too many is taken from its front, as is what is too old. */
function forgottenOf(
  ended: readonly Ended[],
  count: number,
  { maximumAgeSeconds, maximumPerNamespace }: RetentionLimits,
  now: number,
): readonly Ended[] {
  const tooMany = Math.max(0, count - maximumPerNamespace);
  const flood = Math.max(0, count - floodFactor * maximumPerNamespace);
  return ended.filter(({ at }, index) => {
    const age = now - at;
    if (age < neededMilliseconds) return index < flood;
    return age >= maximumAgeSeconds * 1000 || index < tooMany;
  });
}

function isOver({ spec, status }: Incident, workloadExists: (uid: string) => boolean): boolean {
  if (status === undefined || (status.surge !== undefined && status.surge.ended === undefined)) return false;
  if (status.phase === 'Resolved') return true;
  // Nobody is going to answer for a workload that is gone.
  return status.phase === 'Escalated' && !workloadExists(spec.workload.uid);
}

function lastMoment({ metadata, status }: Incident): number {
  const moments = [
    metadata.creationTimestamp,
    ...Object.values(status?.times ?? {}),
    status?.timeline.at(-1)?.at,
    ...(status?.actions ?? []).map(({ sentAt, intendedAt }) => sentAt ?? intendedAt),
  ];
  return Math.max(0, ...moments.map((moment) => millisecondsOf(moment) ?? 0));
}
