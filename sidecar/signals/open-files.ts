import type { Host } from '../host.ts';

/** Names that are read of a process's open files at most; of more it is known only that there are as many. */
const maximumOpenFiles = 2_048;

const maximumFileBytes = 4_096;

/** How many files and threads a process has and may have; undefined where it is not known or there is no limit. */
export interface ProcessLimits {
  readonly openFiles: number | undefined;
  readonly openFilesLimit: number | undefined;
  readonly threadsLimit: number | undefined;
  /** Why the open files can't be counted. */
  readonly problem: string | undefined;
}

/** Looks how many files a process has open. That takes the process's own user and group. */
export async function readLimits(host: Host, processId: number): Promise<ProcessLimits> {
  const limits = await host.readFile(`/proc/${processId}/limits`, maximumFileBytes);
  const open = await host.listFolder(`/proc/${processId}/fd`, maximumOpenFiles);
  const text = 'text' in limits ? limits.text : '';
  const isMore = 'problem' in open && open.problem.startsWith('more than');
  return {
    openFiles: 'names' in open ? open.names.length : isMore ? maximumOpenFiles : undefined,
    openFilesLimit: softLimit(text, 'Max open files'),
    threadsLimit: softLimit(text, 'Max processes'),
    problem: 'names' in open || isMore ? undefined : open.problem,
  };
}

/** The first number behind a row's name; `unlimited` is none. */
export function softLimit(limits: string, row: string): number | undefined {
  const at = limits.indexOf(row);
  if (at === -1) return undefined;
  const limit = Number.parseInt(limits.slice(at + row.length, at + row.length + 40), 10);
  return Number.isFinite(limit) && limit > 0 ? limit : undefined;
}
