import type { Clock } from '../clock.ts';
import type { Stoppable } from '../lifecycle.ts';
import { makeRetryLimiter } from './rate-limiter.ts';

/** Failures in a row after which a key waits out its whole backoff, however often its object changes. */
const failuresBeforeQuarantine = 5;

/** Longest wait that a timer can hold. */
const maximumTimerMilliseconds = 2 ** 31 - 1;

export interface WorkQueueOptions {
  /** Handles one key. What it throws puts the key into backoff and never touches other keys. */
  readonly handle: (key: string, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly concurrency: number;
  /** Most keys that wait, are delayed or run at one time. */
  readonly maximumKeys: number;
  readonly handleTimeoutMilliseconds: number;
  readonly onDropped: (key: string) => void;
  readonly onFailure: (failure: WorkFailure) => void;
}

export interface WorkFailure {
  readonly key: string;
  readonly error: unknown;
  /** How many times in a row this key has failed. */
  readonly failures: number;
  readonly quarantined: boolean;
  readonly retryMilliseconds: number;
}

/** A set of keys to be handled, each at most once at a time; a key added while it is handled is handled again. */
export interface WorkQueue extends Stoppable {
  add(key: string): void;
  /** Adds the key later; of several waits the earliest counts. */
  addAfter(key: string, milliseconds: number): void;
  /** Keys that are due and not yet begun. */
  depth(): number;
  quarantined(): number;
}

/** Dedup, exclusivity and retry as in client-go's workqueue, with a bound and with quarantine. */
export function makeWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, concurrency, maximumKeys } = options;
  const limiter = makeRetryLimiter();
  const due = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const delayed = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  const failures = new Map<string, number>();
  const heldUntil = new Map<string, number>();
  const stopping = new AbortController();
  let pumping = false;

  const known = (key: string): boolean => due.has(key) || delayed.has(key) || running.has(key);

  const admit = (key: string): boolean => {
    if (stopping.signal.aborted) return false;
    if (known(key) || due.size + delayed.size + running.size < maximumKeys) return true;
    options.onDropped(key);
    return false;
  };

  const add = (key: string): void => {
    if (!admit(key)) return;
    const until = heldUntil.get(key) ?? 0;
    if (until > clock.now()) {
      later(key, until - clock.now());
      return;
    }
    if (running.has(key)) {
      again.add(key);
      return;
    }
    due.add(key);
    pump();
  };

  const later = (key: string, milliseconds: number): void => {
    const wait = Math.min(Math.max(0, Math.ceil(milliseconds)), maximumTimerMilliseconds);
    const at = clock.now() + wait;
    const pending = delayed.get(key);
    if (pending && pending.at <= at) return;
    if (pending) clearTimeout(pending.timer);
    const timer = setTimeout(() => {
      delayed.delete(key);
      add(key);
    }, wait);
    delayed.set(key, { at, timer });
  };

  const fail = (key: string, error: unknown): void => {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const retryMilliseconds = limiter.delayMilliseconds(count, clock.now());
    const quarantined = count >= failuresBeforeQuarantine;
    if (quarantined) {
      heldUntil.set(key, clock.now() + retryMilliseconds);
      again.delete(key);
    }
    if (!stopping.signal.aborted) later(key, retryMilliseconds);
    options.onFailure({ key, error, failures: count, quarantined, retryMilliseconds });
  };

  const runOne = async (key: string): Promise<void> => {
    await Promise.resolve();
    try {
      const deadline = AbortSignal.timeout(options.handleTimeoutMilliseconds);
      await options.handle(key, AbortSignal.any([stopping.signal, deadline]));
      failures.delete(key);
      heldUntil.delete(key);
    } catch (error) {
      fail(key, error);
    } finally {
      running.delete(key);
      if (again.delete(key)) add(key);
      pump();
    }
  };

  // One turn later, so that the many events of one chunk of a watch become one run of their key.
  const pump = (): void => {
    if (pumping) return;
    pumping = true;
    queueMicrotask(() => {
      pumping = false;
      for (const key of due) {
        if (stopping.signal.aborted || running.size >= concurrency) return;
        due.delete(key);
        running.set(key, runOne(key));
      }
    });
  };

  return {
    name: 'work queue',
    add,
    addAfter: (key, milliseconds) => {
      if (admit(key)) later(key, milliseconds);
    },
    depth: () => due.size,
    quarantined: () => heldUntil.size,
    stop: async () => {
      stopping.abort();
      for (const { timer } of delayed.values()) clearTimeout(timer);
      delayed.clear();
      due.clear();
      await Promise.allSettled(running.values());
    },
  };
}
