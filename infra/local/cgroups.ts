import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopilotError } from '#runtime/errors.ts';
import { waitFor } from '../wait.ts';
import { cgroupRoot, type NodeIdentity } from './identity.ts';

/** One mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
}

/** Every cgroup hierarchy of the machine; v1, v2 and hybrid machines all occur. */
export async function findHierarchies(): Promise<readonly Hierarchy[]> {
  return parseHierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Pure: the text of /proc/self/mountinfo → hierarchies. @see proc(5) */
export function parseHierarchies(mountinfo: string): readonly Hierarchy[] {
  const hierarchies: Hierarchy[] = [];
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const path = left.split(' ')[4];
    const [type, , options = ''] = right.split(' ');
    if (path === undefined || (type !== 'cgroup' && type !== 'cgroup2')) continue;
    const controllers = type === 'cgroup' ? options.split(',').filter((option) => option !== 'rw') : [];
    hierarchies.push({ path, version: type === 'cgroup' ? 1 : 2, controllers });
  }
  return hierarchies;
}

/**
 * Makes the cluster's cgroup in every hierarchy and returns the `cgroup.procs` file that a new process writes itself into.
 * That cgroup is how the cluster's processes are found again, whatever happened to whoever started them.
 */
export async function createCgroups(identity: NodeIdentity): Promise<string> {
  const hierarchies = await findHierarchies();
  for (const hierarchy of hierarchies) {
    let directory = hierarchy.path;
    for (const part of identity.cgroup.split('/')) {
      if (hierarchy.version === 2) await delegateControllers(directory);
      const parent = directory;
      directory = join(directory, part);
      await mkdir(directory, { recursive: true });
      if (hierarchy.controllers.includes('cpuset')) await inheritCpuset(parent, directory);
    }
    if (hierarchy.version === 2) await delegateControllers(directory);
  }
  const tracking = join(trackingHierarchy(hierarchies).path, identity.cgroup, 'node');
  await mkdir(tracking, { recursive: true });
  return join(tracking, 'cgroup.procs');
}

/** Ids of all processes of the cluster, pods included, as the machine numbers them. */
export async function clusterProcesses(name: string): Promise<readonly number[]> {
  const hierarchies = await findHierarchies();
  const found = new Set<number>();
  for (const { path } of hierarchies) {
    for (const directory of await descendants(join(path, cgroupRoot, name))) {
      const text = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const line of text.split('\n')) if (line !== '' && line !== '0') found.add(Number(line));
    }
  }
  return [...found];
}

/** Ends every process of the cluster and removes its cgroups. Idempotent; knows the cluster by its name alone. */
export async function removeCgroups(name: string): Promise<void> {
  await waitFor(
    `the end of all processes of cluster ${name}`,
    async () => {
      const processes = await clusterProcesses(name);
      for (const pid of processes) kill(pid);
      return processes.length === 0 ? true : undefined;
    },
    { timeoutSeconds: 30 },
  );
  await waitFor(
    `the removal of the cgroups of cluster ${name}`,
    async () => {
      for (const { path } of await findHierarchies()) {
        for (const directory of await descendants(join(path, cgroupRoot, name))) await rmdir(directory);
        await rmdir(join(path, cgroupRoot)).catch(() => undefined);
      }
      return true;
    },
    { timeoutSeconds: 15 },
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the reading and the kill, which is what was wanted.
  }
}

function trackingHierarchy(hierarchies: readonly Hierarchy[]): Hierarchy {
  const chosen =
    hierarchies.find((hierarchy) => hierarchy.controllers.includes('pids')) ??
    hierarchies.find((hierarchy) => hierarchy.version === 2) ??
    hierarchies[0];
  if (chosen === undefined) {
    throw new AutopilotError('AP_MACHINE_UNFIT', 'no cgroup hierarchy is mounted: mount one at /sys/fs/cgroup');
  }
  return chosen;
}

/** v2 gives children only the controllers that their parent passes on. A controller that can't be is left out. */
async function delegateControllers(directory: string): Promise<void> {
  const controllers = await readFile(join(directory, 'cgroup.controllers'), 'utf8').catch(() => '');
  for (const controller of controllers.trim().split(' ').filter(Boolean)) {
    await writeFile(join(directory, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined);
  }
}

/** A new v1 cpuset has no processors until it is given its parent's, and refuses processes till then. */
async function inheritCpuset(parent: string, directory: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const current = (await readFile(join(directory, file), 'utf8')).trim();
    if (current === '') await writeFile(join(directory, file), await readFile(join(parent, file), 'utf8'));
  }
}

/** The folder and all below it, deepest first; nothing when it does not exist. */
async function descendants(directory: string): Promise<readonly string[]> {
  try {
    await access(directory);
  } catch {
    return [];
  }
  const below = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const directories = below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return [...directories, directory].toSorted((left, right) => right.length - left.length);
}
