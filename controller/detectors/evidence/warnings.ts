import type { EventSnapshot, WorkloadSnapshot } from '../../model/snapshot.ts';

/** The Warning events about an object that have one of these reasons, the last seen first. */
export function warnings(
  { events }: Pick<WorkloadSnapshot, 'events'>,
  uid: string | undefined,
  reasons: readonly string[],
): readonly EventSnapshot[] {
  if (uid === undefined) return [];
  return (events.get(uid) ?? [])
    .filter(({ reason }) => reasons.includes(reason))
    .toSorted((one, other) => other.lastAt - one.lastAt);
}
