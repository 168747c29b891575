import { writeSync } from 'node:fs';

export type Log = (event: string, fields?: Readonly<Record<string, string | number>>) => void;

/** JSON lines with milliseconds: pod status knows only seconds. Written synchronously, so the last line before an exit is kept. */
export const logLine: Log = (event, fields = {}) => {
  writeSync(1, `${JSON.stringify({ at: new Date().toISOString(), event, ...fields })}\n`);
};
