import type { Host } from './host.ts';

/** What /proc says of one process. */
export interface ProcessStat {
  readonly processId: number;
  readonly parentId: number;
  /** Since boot; with the id it tells a process from a later one that got the same id. */
  readonly startTicks: number;
  /** Nothing of it runs any more; it only waits for its parent to take note. */
  readonly ended: boolean;
}

/** More than this in one pod is no app that we can search in time. */
const maximumProcesses = 8_192;

const maximumFileBytes = 16_384;

export type FoundProcess = { readonly main: ProcessStat } | { readonly problem: string };

/**
 * Finds the main process of a container among all that the pod's shared process namespace shows: of the processes in
 * the container's cgroup whose parent is outside of it the one that began first. Those that `kubectl exec` starts look
 * alike but began later. Never finds the agent's own container, nor the pause process that holds the namespace.
 */
export async function findMainProcess(host: Host, containerId: string): Promise<FoundProcess> {
  const listed = await host.listFolder('/proc', maximumProcesses);
  if ('problem' in listed) return { problem: `/proc: ${listed.problem}` };
  const own = await statOf(host, 'self');
  if (own === undefined) return { problem: 'the agent can not read its own process' };
  const members: ProcessStat[] = [];
  for (const name of listed.names.filter((candidate) => /^[1-9]\d*$/.test(candidate))) {
    const cgroup = await host.readFile(`/proc/${name}/cgroup`, maximumFileBytes);
    if (!('text' in cgroup) || !isInContainer(cgroup.text, containerId)) continue;
    const stat = await statOf(host, name);
    if (stat) members.push(stat);
  }
  const ids = new Set(members.map(({ processId }) => processId));
  if (ids.has(own.processId) || ids.has(1)) return { problem: 'that container is not the app’s' };
  const [main] = members
    .filter(({ parentId, ended }) => !ended && !ids.has(parentId))
    .toSorted((left, right) => left.startTicks - right.startTicks || left.processId - right.processId);
  return main ? { main } : { problem: 'no process of that container is there' };
}

/** Whether a process is still the one that was found, and runs. */
export async function isRunning(host: Host, { processId, startTicks }: ProcessStat): Promise<boolean> {
  const stat = await statOf(host, String(processId));
  return stat !== undefined && !stat.ended && stat.startTicks === startTicks;
}

/**
 * Why the processes of the pod's containers can't be seen; undefined where they can. In a namespace of its own the agent
 * is process 1, and in the node's process 1 is of no container.
 */
export async function sharingProblem(host: Host): Promise<string | undefined> {
  const own = await statOf(host, 'self');
  if (own === undefined) return 'the agent can not read its own process';
  if (own.processId === 1) return 'the process namespace is not shared';
  const first = await host.readFile('/proc/1/cgroup', maximumFileBytes);
  if (!('text' in first)) return `/proc/1/cgroup: ${first.problem}`;
  return containerIdOf(first.text) === undefined ? 'the process namespace is the node’s' : undefined;
}

/** What /proc says of a process by its id, or of ourselves by `self`. */
export async function statOf(host: Pick<Host, 'readFile'>, name: string): Promise<ProcessStat | undefined> {
  const stat = await host.readFile(`/proc/${name}/stat`, maximumFileBytes);
  return 'text' in stat ? readStat(stat.text) : undefined;
}

/** The name in the second field may hold spaces and brackets, so the others are counted from behind it. */
export function readStat(text: string): ProcessStat | undefined {
  const [state = '', parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [processId, parentId, startTicks] = [Number.parseInt(text, 10), Number(parent), Number(rest[17])];
  if (![processId, parentId, startTicks].every(Number.isSafeInteger)) return undefined;
  return { processId, parentId, startTicks, ended: state === 'Z' || state === 'X' };
}

/**
 * Whether a /proc/<pid>/cgroup names the container: `/kubepods/…/<id>` by the cgroupfs driver,
 * `…/cri-containerd-<id>.scope` by systemd's, and `/../<id>` where the reader's cgroup namespace hides the rest.
 */
export function isInContainer(cgroup: string, containerId: string): boolean {
  if (!/^[0-9a-f]{32,64}$/.test(containerId)) return false;
  return new RegExp(`[-/:]${containerId}(\\.scope)?(/|$)`, 'm').test(cgroup);
}

/** The id of the container that a /proc/<pid>/cgroup names, in any of the ways of {@link isInContainer}. */
export function containerIdOf(cgroup: string): string | undefined {
  return /[-/:]([0-9a-f]{32,64})(?:\.scope)?(?:\/|$)/m.exec(cgroup)?.[1];
}
