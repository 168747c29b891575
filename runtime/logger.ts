import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * When lines are written. `gathered`: in one piece some times a second, and at the latest when the process ends by itself;
 * for a process that logs each of thousands of requests, where a write each would be a good part of the work.
 */
export type LogPace = 'at-once' | 'gathered';

const gatherMilliseconds = 100;
const gatherBytes = 8_192;

/** JSON lines on stdout, one a decision at `info`. Fields carry the variables; messages are constant. */
export function makeLogger(process: string, level: LogLevel, pace: LogPace = 'at-once'): Logger {
  const gathering = { sync: false, minLength: gatherBytes, periodicFlush: gatherMilliseconds };
  return pino(
    {
      level,
      base: { process },
      timestamp: isoTime(),
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 1, ...(pace === 'gathered' ? gathering : { sync: true }) }),
  );
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
