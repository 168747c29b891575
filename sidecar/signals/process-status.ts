/** What is read of a /proc/<pid>/status, without a pattern: it is read for each process each second. */
export interface ProcessStatus {
  readonly ended: boolean;
  readonly threads: number;
  /** Memory that no file backs, which only its owner can give back. */
  readonly anonymousBytes: number;
  /** Shared memory that is mapped; several processes may count the same. */
  readonly sharedBytes: number;
}

const bytesPerKibibyte = 1024;

export function readStatus(text: string): ProcessStatus {
  const stateAt = text.indexOf('\nState:');
  const state = stateAt === -1 ? '' : text.slice(stateAt + 7, stateAt + 12).trim()[0];
  return {
    ended: state === 'Z' || state === 'X',
    threads: numberBehind(text, '\nThreads:'),
    anonymousBytes: numberBehind(text, '\nRssAnon:') * bytesPerKibibyte,
    sharedBytes: numberBehind(text, '\nRssShmem:') * bytesPerKibibyte,
  };
}

/** The whole number behind a label; 0 where there is none, as in the status of a process that has ended. */
export function numberBehind(text: string, label: string): number {
  const at = text.indexOf(label);
  if (at === -1) return 0;
  const value = Number.parseInt(text.slice(at + label.length, at + label.length + 24), 10);
  return Number.isFinite(value) ? value : 0;
}
