import { numberBehind } from './process-status.ts';

/**
 * How much of a process's anonymous memory counts as its own, 0 to 1, by its /proc/<pid>/smaps_rollup: a page that a fork
 * has not written to since is its parent's too, and each of them counts its part. 1 where the kernel does not tell.
 */
export function readOwnRatio(rollup: string): number {
  const [anonymous, own] = [numberBehind(rollup, '\nAnonymous:'), numberBehind(rollup, '\nPss_Anon:')];
  return rollup.includes('\nPss_Anon:') && anonymous > 0 ? Math.min(1, Math.max(0, own / anonymous)) : 1;
}
