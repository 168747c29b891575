import type { Host } from './host.ts';

export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** One JSON line an event, in the same shape as the other processes'. */
export function makeLog(host: Pick<Host, 'now' | 'print'>): Log {
  return (level, message, fields = {}) => {
    const time = new Date(host.now()).toISOString();
    host.print(JSON.stringify({ level, time, process: 'agent', ...fields, msg: message }));
  };
}
