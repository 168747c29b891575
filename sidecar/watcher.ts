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
  /** Silence after which the controller is told once more; undefined where the probe's own threshold is enough. */
  readonly hangSeconds: number | undefined;
  readonly onTry: (watcher: Watcher, result: TryResult, latencySeconds: number) => void;
  /** Called when the controller should learn at once what this probe now says. */
  readonly onNews: (watcher: Watcher, result: TryResult) => void;
}

/** Times in reports are rounded, and what is told a millisecond early is not yet so. */
const roundingMilliseconds = 5;

/** Tries never overlap: the next is planned when the last has ended, which its own timeout ensures. */
export function makeWatcher(target: ProbeTarget, parts: WatcherParts): Watcher {
  const { host, address, intervalSeconds, hangSeconds } = parts;
  const thresholdSeconds = target.periodSeconds * target.failureThreshold;
  let record = freshRecord;
  let lastTryAt: number | undefined;
  let silenceToldOf: number | undefined;

  /** A heartbeat could be seconds away when an app has been silent for as long as its pod allows. */
  const tellOfSilence = (result: TryResult): void => {
    const { lastSuccessAt } = record;
    if (hangSeconds === undefined || lastSuccessAt === undefined || lastSuccessAt === silenceToldOf) return;
    if (record.failure !== 'timeout') return;
    silenceToldOf = lastSuccessAt;
    const left = lastSuccessAt + hangSeconds * 1000 - host.now();
    host.after(Math.max(0, left + roundingMilliseconds), () => {
      if (record.state === 'failing' && record.lastSuccessAt === lastSuccessAt) parts.onNews(watcher, result);
    });
  };

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
    tellOfSilence(result);
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
