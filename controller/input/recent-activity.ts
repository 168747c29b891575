import type { Incident } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { Detection, NamedAction } from '../model/snapshot.ts';

const keptMilliseconds = 3_600_000;

/** What was detected and done within the last hour, oldest first. */
export interface Activity {
  readonly detections: readonly Detection[];
  readonly actions: readonly NamedAction[];
}

/**
 * The last hour out of all incidents, kept up with each change, so that asking costs nothing while nothing changes:
 * it is asked for each workload.
 */
export interface RecentActivity {
  incidentChanged(previous: Incident | undefined, current: Incident | undefined, now: number): void;
  /** Counts an action whose intent is just being written; the answer ends that. */
  reserve(action: NamedAction): () => void;
  at(now: number): Activity;
}

interface Share {
  readonly detection: Detection | undefined;
  readonly actions: readonly NamedAction[];
}

export function makeRecentActivity(): RecentActivity {
  const shares = new Map<string, Share>();
  const reserved = new Set<NamedAction>();
  const detections = makeTimeline<Detection>();
  const actions = makeTimeline<NamedAction>();
  let cached: Activity | undefined;

  const withdraw = (incidentUid: string): void => {
    const share = shares.get(incidentUid);
    if (share?.detection) detections.remove(share.detection);
    for (const action of share?.actions ?? []) actions.remove(action);
    shares.delete(incidentUid);
  };

  const build = (): Activity => {
    const known = actions.items();
    // Between the arrival of the written intent and the end of its reservation both are here.
    const unseen = [...reserved].filter(
      ({ at, workloadUid }) => !known.some((one) => one.at === at && one.workloadUid === workloadUid),
    );
    return {
      detections: detections.items().slice(),
      actions: unseen.length === 0 ? known.slice() : [...known, ...unseen].toSorted((one, other) => one.at - other.at),
    };
  };

  return {
    incidentChanged: (previous, current, now) => {
      if (previous) withdraw(previous.metadata.uid);
      if (current) {
        withdraw(current.metadata.uid);
        const share = shareOf(current, now - keptMilliseconds);
        if (share.detection) detections.add(share.detection);
        for (const action of share.actions) actions.add(action);
        if (share.detection || share.actions.length > 0) shares.set(current.metadata.uid, share);
      }
      cached = undefined;
    },
    reserve: (action) => {
      reserved.add(action);
      cached = undefined;
      return () => {
        if (reserved.delete(action)) cached = undefined;
      };
    },
    at: (now) => {
      const aged = [detections.removeBefore(now - keptMilliseconds), actions.removeBefore(now - keptMilliseconds)];
      if (aged.includes(true)) cached = undefined;
      return (cached ??= build());
    },
  };
}

function shareOf({ metadata, spec, status }: Incident, since: number): Share {
  const common = { namespace: metadata.namespace, workloadUid: spec.workload.uid };
  const detectedAt = millisecondsOf(status?.times.detectedAt) ?? 0;
  return {
    detection: detectedAt >= since ? { at: detectedAt, ...common, incidentUid: metadata.uid } : undefined,
    actions: (status?.actions ?? []).flatMap(({ result, sentAt, intendedAt, helped }) => {
      if (result === 'refused' || result === 'failed') return [];
      const at = millisecondsOf(sentAt ?? intendedAt) ?? 0;
      return at >= since ? [{ at, ...common, helped }] : [];
    }),
  };
}

interface Timeline<Entry> {
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** Whether there was anything to remove. */
  removeBefore(at: number): boolean;
  items(): readonly Entry[];
}

/** Entries in the order of their times; nearly all are added at the end and removed at the front. */
function makeTimeline<Entry extends { readonly at: number }>(): Timeline<Entry> {
  const entries: Entry[] = [];

  /** Index of the first entry that is not before `at`. */
  const indexOf = (at: number): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.at ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add: (entry) => {
      const last = entries.at(-1);
      if (last === undefined || last.at <= entry.at) entries.push(entry);
      else entries.splice(indexOf(entry.at), 0, entry);
    },
    remove: (entry) => {
      const index = entries.indexOf(entry, indexOf(entry.at));
      if (index >= 0) entries.splice(index, 1);
    },
    removeBefore: (at) => {
      const first = entries[0];
      if (first === undefined || first.at >= at) return false;
      entries.splice(0, indexOf(at));
      return true;
    },
    items: () => entries,
  };
}
