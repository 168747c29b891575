import type { EventEmitter } from 'node:events';
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * When lines are written. `gathered`: in one piece some times a second, and at the latest when the process ends by itself;
 * for a process that logs each of thousands of requests, where a write each would be a good part of the work.
 */
export type LogPace = 'at-once' | 'gathered';

const gatherMilliseconds = 100;
const gatherBytes = 65_536;

/** What waits for a reader that doesn't read. Lines beyond it are dropped and counted: memory would end the process instead. */
const maximumWaitingBytes = 1_048_576;

/** JSON lines on stdout, one a decision at `info`. Fields carry the variables; messages are constant. */
export function makeLogger(process: string, level: LogLevel, pace: LogPace = 'at-once'): Logger {
  const gathering = {
    sync: false,
    minLength: gatherBytes,
    maxLength: maximumWaitingBytes,
    // Of one write; sonic-boom wants more than what it waits for.
    maxWrite: 2 * gatherBytes,
    contentMode: 'buffer' as const,
  };
  const destination = pino.destination({ dest: 1, ...(pace === 'gathered' ? gathering : { sync: true }) });
  const log = pino(
    {
      level,
      base: { process },
      timestamp: isoTime(),
      formatters: { level: (label) => ({ level: label }) },
    },
    pace === 'gathered' ? inBytes(destination) : destination,
  );
  if (pace === 'gathered') tellDropped(destination, log);
  return log;
}

type Destination = DestinationStream & EventEmitter & { flush(): void; flushSync(): void };

/**
 * Gathered text would be measured from its start again for each line that is added to it; bytes know their length. The
 * time runs from the first line that waits: by sonic-boom's own period a process without a line to write would write too.
 */
function inBytes(destination: Destination): Pick<Destination, 'write' | 'flushSync'> {
  // The types of sonic-boom know text alone.
  const bytes = destination as unknown as { write(line: Uint8Array): void };
  let due: NodeJS.Timeout | undefined;
  let isFresh = false;
  const flushSoon = (): void => {
    due ??= setTimeout(() => {
      due = undefined;
      destination.flush();
    }, gatherMilliseconds).unref();
  };
  // While something is being written a flush does nothing, and what came meanwhile would wait for the next line.
  destination.on('drain', () => {
    if (isFresh) flushSoon();
    isFresh = false;
  });
  return {
    write: (line) => {
      isFresh = true;
      flushSoon();
      bytes.write(Buffer.from(line));
    },
    // pino asks for it after a fatal line.
    flushSync: () => destination.flushSync(),
  };
}

/** Says how many lines were dropped as soon as there is room to say it. */
function tellDropped(destination: DestinationStream & EventEmitter, log: Logger): void {
  let lines = 0;
  destination.on('drop', () => (lines += 1));
  destination.on('drain', () => {
    if (lines === 0) return;
    log.error({ lines }, 'log lines dropped');
    lines = 0;
  });
}

/** As pino's own isoTime, which writes the date anew for each line: that was a good part of what a line cost. */
function isoTime(): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const now = Date.now();
    const ofSecond = now % 1000;
    if (now - ofSecond !== second) {
      second = now - ofSecond;
      text = new Date(second).toISOString().slice(0, -4);
    }
    return `,"time":"${text}${String(ofSecond).padStart(3, '0')}Z"`;
  };
}
