import { recordedSeconds, type Recording } from '#contract/recording.ts';

/** A recording is a few KiB, and one is of use while its fault is being acted upon. */
const maximumPods = 500;
const keptMilliseconds = 600_000;

/** The newest recording of each pod that sent one a short while ago, in memory only. */
export interface RecordingStore {
  /** `recordedAt` is by this process's clock. */
  take(podUid: string, recording: Recording, recordedAt: number): void;
  /** Of a fault at `faultAt`: one that ended long before it is of another fault. */
  of(podUid: string, faultAt: number, now: number): Recording | undefined;
  recordedAt(podUid: string): number | undefined;
  readonly podCount: number;
}

export function makeRecordingStore(): RecordingStore {
  /** Oldest first. */
  const byPod = new Map<string, { readonly recording: Recording; readonly recordedAt: number }>();

  const sweep = (now: number): void => {
    for (const [uid, { recordedAt }] of byPod) if (now - recordedAt > keptMilliseconds) byPod.delete(uid);
    const [oldest] = byPod.keys();
    if (byPod.size > maximumPods && oldest !== undefined) byPod.delete(oldest);
  };

  return {
    take: (podUid, recording, recordedAt) => {
      // One that waited for long while the controller was away must not hide what came since.
      if ((byPod.get(podUid)?.recordedAt ?? -Infinity) > recordedAt) return;
      byPod.delete(podUid);
      byPod.set(podUid, { recording, recordedAt });
      sweep(recordedAt);
    },
    of: (podUid, faultAt, now) => {
      sweep(now);
      const kept = byPod.get(podUid);
      return kept && kept.recordedAt >= faultAt - recordedSeconds * 1000 ? kept.recording : undefined;
    },
    recordedAt: (podUid) => byPod.get(podUid)?.recordedAt,
    get podCount() {
      return byPod.size;
    },
  };
}
