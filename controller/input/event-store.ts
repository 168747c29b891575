import type { EventSnapshot } from '../model/snapshot.ts';
import type { EventView } from './projections/event.ts';

/** As long as the API server keeps an Event by default. */
const keptMilliseconds = 3_600_000;

const keptOfSubject = 5;

/** A few Warnings for each of several thousand objects that fail at once. */
const defaultMaximumSubjects = 10_000;

/** The last Warnings about each pod or owner. */
export interface EventStore {
  /** Whether it says something new; a repetition that was seen before does not. */
  take(view: EventView, now: number): boolean;
  ofSubject(uid: string, now: number): readonly EventSnapshot[];
  forget(subjectUid: string): void;
  /** Lets go of what is too old. */
  sweep(now: number): void;
  readonly subjectCount: number;
  /** Subjects whose events were let go early, for want of room. */
  readonly droppedCount: number;
}

export function makeEventStore(maximumSubjects = defaultMaximumSubjects): EventStore {
  // In the order in which their last event came, so that the one to let go is the first.
  const bySubject = new Map<string, readonly EventSnapshot[]>();
  let droppedCount = 0;

  const fresh = (events: readonly EventSnapshot[], now: number): readonly EventSnapshot[] =>
    events.every(({ lastAt }) => now - lastAt < keptMilliseconds)
      ? events
      : events.filter(({ lastAt }) => now - lastAt < keptMilliseconds);

  return {
    take: ({ subjectUid, event }, now) => {
      if (now - event.lastAt >= keptMilliseconds) return false;
      const known = bySubject.get(subjectUid) ?? [];
      const same = known.find(({ reason, message }) => reason === event.reason && message === event.message);
      if (same && same.lastAt >= event.lastAt && same.count >= event.count) return false;
      const merged = same === undefined ? event : mergeOf(same, event);
      const events = [...fresh(known, now).filter((one) => one !== same), merged]
        .toSorted((one, other) => one.lastAt - other.lastAt)
        .slice(-keptOfSubject);
      bySubject.delete(subjectUid);
      bySubject.set(subjectUid, events);
      if (bySubject.size > maximumSubjects) {
        const [oldest] = bySubject.keys();
        if (oldest !== undefined) bySubject.delete(oldest);
        droppedCount += 1;
      }
      return true;
    },
    ofSubject: (uid, now) => fresh(bySubject.get(uid) ?? [], now),
    forget: (uid) => void bySubject.delete(uid),
    sweep: (now) => {
      for (const [uid, events] of bySubject) if (fresh(events, now).length === 0) bySubject.delete(uid);
    },
    get subjectCount() {
      return bySubject.size;
    },
    get droppedCount() {
      return droppedCount;
    },
  };
}

function mergeOf(one: EventSnapshot, other: EventSnapshot): EventSnapshot {
  return {
    ...other,
    count: Math.max(one.count, other.count),
    firstAt: Math.min(one.firstAt, other.firstAt),
    lastAt: Math.max(one.lastAt, other.lastAt),
  };
}
