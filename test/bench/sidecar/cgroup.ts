import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A memory cgroup of its own for one process, which counts as Kubernetes does. Needs root. */
export interface MemoryGroup {
  /** For a shell to write its own process id to, before it becomes the program. */
  readonly procsFile: string;
  /** Usage without what the kernel could drop at once, as `kubectl top` shows it. */
  workingSetBytes(): Promise<number>;
  oomKills(): Promise<number>;
  remove(): Promise<void>;
}

const root = '/sys/fs/cgroup';

export async function makeMemoryGroup(name: string, limitBytes: number | undefined): Promise<MemoryGroup> {
  const isFirst = await readFile(join(root, 'cgroup.controllers'), 'utf8').then(
    () => false,
    () => true,
  );
  const folder = isFirst ? join(root, 'memory', name) : join(root, name);
  const [usage, inactive, limit, events] = isFirst
    ? (['memory.usage_in_bytes', 'total_inactive_file', 'memory.limit_in_bytes', 'memory.oom_control'] as const)
    : (['memory.current', 'inactive_file', 'memory.max', 'memory.events'] as const);
  await mkdir(folder);
  if (limitBytes !== undefined) await writeFile(join(folder, limit), String(limitBytes));
  const field = async (file: string, key: string): Promise<number> => {
    const text = await readFile(join(folder, file), 'utf8');
    return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  };
  return {
    procsFile: join(folder, 'cgroup.procs'),
    workingSetBytes: async () =>
      Number(await readFile(join(folder, usage), 'utf8')) - (await field('memory.stat', inactive)),
    oomKills: () => field(events, 'oom_kill'),
    remove: () => rmdir(folder),
  };
}
