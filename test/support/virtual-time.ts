import type { Clock } from '#runtime/clock.ts';

/** Time that only a test moves. One process of it can be stopped as by SIGSTOP: the time goes on, the process doesn't. */
export interface VirtualTime {
  now(): number;
  /** Moves time on, waking what falls due in order, and calls `onStep` after each wake. */
  advance(milliseconds: number, onStep?: () => void): Promise<void>;
  process(): VirtualProcess;
}

export interface VirtualProcess extends Clock {
  /** From now on for this long nothing of this process wakes; what falls due wakes at its end. */
  pause(milliseconds: number): void;
}

interface Sleeper {
  readonly at: number;
  readonly runnableAt: () => number;
  readonly wake: () => void;
}

export function makeVirtualTime(): VirtualTime {
  const sleepers = new Set<Sleeper>();
  let now = 1_000_000;

  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const nextBefore = (end: number): { sleeper: Sleeper; due: number } | undefined => {
    let best: { sleeper: Sleeper; due: number } | undefined;
    for (const sleeper of sleepers) {
      const due = Math.max(sleeper.at, sleeper.runnableAt());
      if (due <= end && (best === undefined || due < best.due)) best = { sleeper, due };
    }
    return best;
  };

  return {
    now: () => now,
    advance: async (milliseconds, onStep) => {
      const end = now + milliseconds;
      await settle();
      for (let next = nextBefore(end); next !== undefined; next = nextBefore(end)) {
        now = Math.max(now, next.due);
        sleepers.delete(next.sleeper);
        onStep?.();
        next.sleeper.wake();
        await settle();
        onStep?.();
      }
      now = end;
      onStep?.();
    },
    process: () => {
      let pausedUntil = 0;
      return {
        now: () => now,
        pause: (milliseconds) => void (pausedUntil = Math.max(pausedUntil, now + milliseconds)),
        sleep: (milliseconds, signal) =>
          new Promise((resolve, reject) => {
            const refuse = (): void => reject(new DOMException('aborted', 'AbortError'));
            if (signal?.aborted === true) return refuse();
            const sleeper: Sleeper = { at: now + milliseconds, runnableAt: () => pausedUntil, wake: resolve };
            sleepers.add(sleeper);
            signal?.addEventListener('abort', () => (sleepers.delete(sleeper) ? refuse() : undefined), { once: true });
            return undefined;
          }),
      };
    },
  };
}
