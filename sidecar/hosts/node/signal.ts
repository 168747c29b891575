import type { Host } from '../../host.ts';

/** Signals one process, never a group: an id that is not a positive number would mean many. */
export function makeSignal(host: Pick<NodeJS.Process, 'kill' | 'pid'>): Host['signal'] {
  return (processId, signal) => {
    if (!Number.isSafeInteger(processId) || processId <= 1 || processId === host.pid) return 'refused';
    try {
      host.kill(processId, signal);
      return 'sent';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'refused';
    }
  };
}
