import type { ProbeTarget } from '#contract/agent-settings.ts';
import type { Host } from './host.ts';
import { nextTryMilliseconds } from './pace.ts';
import { advanceRecord, freshRecord, type ProbeRecord } from './probe-record.ts';
import { tryProbe, type TryResult } from './try-probe.ts';

/** Runs one probe for as long as the agent lives. */
export interface Watcher {
  readonly target: ProbeTarget;
  record(): ProbeRecord;
  /** When the last try began, by the clock that doesn't jump; undefined before the first. */
  lastTryAt(): number | undefined;
  start(): void;
}

export interface WatcherParts {
  readonly host: Host;
  readonly address: string;
  readonly intervalSeconds: number;
  readonly onTry: (watcher: Watcher, result: TryResult, latencySeconds: number) => void;
  /** Called when the controller should learn at once what this probe now says. */
  readonly onNews: (watcher: Watcher, result: TryResult) => void;
}

/** Tries never overlap: the next is planned when the last has ended, which its own timeout ensures. */
export function makeWatcher(target: ProbeTarget, parts: WatcherParts): Watcher {
  const { host, address, intervalSeconds } = parts;
  const thresholdSeconds = target.periodSeconds * target.failureThreshold;
  let record = freshRecord;
  let lastTryAt: number | undefined;

  const tick = async (): Promise<void> => {
    const began = host.monotonic();
    const sentAt = host.now();
    lastTryAt = began;
    const result = await tryProbe(host, address, target);
    const tookMilliseconds = host.monotonic() - began;
    const latencySeconds = tookMilliseconds / 1000;
    const timed = { result, sentAt, endedAt: host.now(), latencySeconds };
    const advanced = advanceRecord(record, timed, thresholdSeconds);
    record = advanced.record;
    parts.onTry(watcher, result, latencySeconds);
    if (advanced.tellNow) parts.onNews(watcher, result);
    plan(nextTryMilliseconds(intervalSeconds, tookMilliseconds, host.random()));
  };
  const plan = (milliseconds: number): void => {
    host.after(milliseconds, () => void tick());
  };

  const watcher: Watcher = {
    target,
    record: () => record,
    lastTryAt: () => lastTryAt,
    // Spread over one interval, so that the probes of a pod don't come in one burst.
    start: () => plan(intervalSeconds * 1000 * host.random()),
  };
  return watcher;
}
