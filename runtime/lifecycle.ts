import { AutopilotError } from './errors.ts';
import type { Logger } from './logger.ts';

/** A part of a process that must be stopped, in the reverse of the order in which parts were started. */
export interface Stoppable {
  readonly name: string;
  stop(): Promise<void>;
}

export interface Lifecycle {
  /** Fires when the process is asked to stop; every loop and request hangs on it. */
  readonly signal: AbortSignal;
  started(part: Stoppable): void;
  /** Stops every part once, newest first, each within its share of the time that is left. Idempotent. */
  stop(): Promise<void>;
}

/** Grace of the whole stop. Must stay below terminationGracePeriodSeconds (30) of our own pods. */
const stopGraceMilliseconds = 20_000;

/** Stops parts in reverse order; a part that hangs is left behind and logged instead of holding the rest. */
export function makeLifecycle(log: Logger, graceMilliseconds: number = stopGraceMilliseconds): Lifecycle {
  const abort = new AbortController();
  const parts: Stoppable[] = [];
  let stopping: Promise<void> | undefined;

  const stopAll = async (): Promise<void> => {
    abort.abort();
    const began = performance.now();
    for (const [index, part] of parts.toReversed().entries()) {
      const left = graceMilliseconds - (performance.now() - began);
      try {
        await within(part.stop(), left / (parts.length - index));
      } catch (cause) {
        const error = new AutopilotError('AP_SHUTDOWN_TIMEOUT', `${part.name} did not stop cleanly`, { cause });
        log.error({ err: error, part: part.name }, 'part did not stop');
      }
    }
  };

  return {
    signal: abort.signal,
    started: (part) => void parts.push(part),
    stop: () => (stopping ??= stopAll()),
  };
}

/** Runs `main` until SIGTERM or SIGINT, then stops in order and exits 0; a failed start is printed and exits 1. */
export async function runProcess(
  log: Logger,
  main: (lifecycle: Lifecycle) => Promise<void>,
  host: NodeJS.Process,
): Promise<void> {
  const lifecycle = makeLifecycle(log);
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    void lifecycle.stop().then(() => host.exit(0));
  };
  host.once('SIGTERM', stop);
  host.once('SIGINT', stop);
  try {
    await main(lifecycle);
  } catch (error) {
    log.fatal({ err: error }, 'start failed');
    await lifecycle.stop();
    host.exit(1);
  }
}

/** A timer that holds the process: with one that doesn't, Node would end in the middle of the stop. */
async function within(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('still running at its deadline')), Math.max(0, milliseconds));
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
