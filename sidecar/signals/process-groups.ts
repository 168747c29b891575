import type { Host } from '../host.ts';
import { containerIdOf, readStat, type ProcessStat } from '../processes.ts';
import { readOwnRatio } from './own-ratio.ts';
import { readStatus } from './process-status.ts';

/** More than this in one pod is not searched: the agent must stay cheaper than what it watches. */
const maximumProcesses = 4_096;

/** So many processes are looked at each second; of more, each is looked at less often. */
const processesPerTick = 64;

/** Looks after which a process is identified anew: its id may have passed on to another. */
const identifyTicks = 32;

/** Looks in which a process was there before it is believed to be a main one. */
const settledLooks = 2;

/** Containers that are remembered after their processes have ended. */
const maximumGroups = 32;

const maximumFileBytes = 8_192;

/** The processes of one container, as they were last seen. */
export interface ProcessGroup {
  readonly containerId: string;
  /** The first to have begun of those that came from outside; undefined before it was seen. */
  main: ProcessStat | undefined;
  /** In how many looks it was there. */
  mainLooks: number;
  /** When it was first missed, by the clock that may jump. */
  vanishedAt: number | undefined;
  processes: number;
  zombies: number;
  threads: number;
  /** What can't be taken back: anonymous memory, and of the shared the most that one process maps. */
  usedBytes: number;
}

interface Identity {
  readonly stat: ProcessStat;
  readonly group: ProcessGroup | undefined;
  readonly tick: number;
  /** Of its anonymous memory, the share that is its own; undefined before it was measured. */
  ownRatio: number | undefined;
}

export interface ProcessGroups {
  /** Looks once; undefined where this tick is left out or nothing could be seen. Calls never overlap. */
  scan(): Promise<readonly ProcessGroup[] | undefined>;
}

/** Follows the processes of a pod whose containers share a namespace, by container. */
export function makeProcessGroups(host: Host): ProcessGroups {
  const identities = new Map<number, Identity>();
  const groups = new Map<string, ProcessGroup>();
  let tick = 0;
  let restTicks = 0;
  const shared = new Map<ProcessGroup, number>();
  const lastProcesses = new Map<ProcessGroup, number>();
  let others: ReadonlySet<string> | undefined;

  const groupOf = (containerId: string | undefined): ProcessGroup | undefined => {
    if (containerId === undefined) return undefined;
    const known = groups.get(containerId);
    if (known !== undefined) return known;
    const group: ProcessGroup = { containerId, main: undefined, mainLooks: 0, vanishedAt: undefined, ...nothing };
    if (groups.size >= maximumGroups) {
      for (const [id, { processes }] of groups) if (processes === 0 && groups.size >= maximumGroups) groups.delete(id);
    }
    if (groups.size < maximumGroups) groups.set(containerId, group);
    return group;
  };

  const identify = async (processId: number): Promise<Identity | undefined> => {
    const cgroup = await host.readFile(`/proc/${processId}/cgroup`, maximumFileBytes);
    const text = await host.readFile(`/proc/${processId}/stat`, maximumFileBytes);
    const stat = 'text' in text ? readStat(text.text) : undefined;
    if (!('text' in cgroup) || stat === undefined) return undefined;
    const identity: Identity = { stat, group: groupOf(containerIdOf(cgroup.text)), tick, ownRatio: undefined };
    identities.set(processId, identity);
    return identity;
  };

  const look = async (processId: number): Promise<void> => {
    const known = identities.get(processId);
    const identity = known && tick - known.tick < identifyTicks ? known : await identify(processId);
    const group = identity?.group;
    if (identity === undefined || group === undefined || others?.has(group.containerId) === true) return;
    const status = await host.readFile(`/proc/${processId}/status`, maximumFileBytes);
    if (!('text' in status)) return;
    const { ended, threads, anonymousBytes, sharedBytes } = readStatus(status.text);
    group.processes += 1;
    if (ended) group.zombies += 1;
    group.threads += threads;
    group.usedBytes += anonymousBytes * (await ownRatioOf(processId, identity, group));
    shared.set(group, Math.max(shared.get(group) ?? 0, sharedBytes));
    if (ended && group.main?.processId === processId && group.mainLooks >= settledLooks) miss(group);
  };

  /** Measured where there may be something to share, and as seldom as processes are identified: the kernel counts pages. */
  const ownRatioOf = async (processId: number, identity: Identity, group: ProcessGroup): Promise<number> => {
    if ((lastProcesses.get(group) ?? 0) < 2) return 1;
    if (identity.ownRatio === undefined) {
      const rollup = await host.readFile(`/proc/${processId}/smaps_rollup`, maximumFileBytes);
      identity.ownRatio = 'text' in rollup ? readOwnRatio(rollup.text) : 1;
    }
    return identity.ownRatio;
  };
  const miss = (group: ProcessGroup): void => {
    group.vanishedAt ??= host.now();
  };

  /** Of those that `kubectl exec` starts none is a main process: a main one was there before. */
  const settleMain = (group: ProcessGroup, seen: ReadonlySet<number>): void => {
    if (group.main !== undefined) {
      const { processId, startTicks } = group.main;
      const identity = identities.get(processId);
      const isThere = seen.has(processId) && (identity === undefined || identity.stat.startTicks === startTicks);
      if (isThere) group.mainLooks += 1;
      else if (group.mainLooks >= settledLooks) miss(group);
      // While a container is made the runtime's own processes come and go in it.
      if (isThere || group.mainLooks >= settledLooks) return;
      group.main = undefined;
    }
    const members = [...identities.values()].filter((identity) => identity.group === group).map(({ stat }) => stat);
    const ids = new Set(members.map(({ processId }) => processId));
    const [first] = members
      .filter(({ parentId, ended }) => !ended && !ids.has(parentId))
      .toSorted((left, right) => left.startTicks - right.startTicks || left.processId - right.processId);
    group.main = first;
    group.mainLooks = first === undefined ? 0 : 1;
  };

  return {
    scan: async () => {
      if (restTicks > 0) {
        restTicks -= 1;
        return undefined;
      }
      const listed = await host.listFolder('/proc', maximumProcesses);
      if (!('names' in listed)) return undefined;
      tick += 1;
      others ??= await containersOfOthers(host);
      const processIds = listed.names.map(Number).filter((id) => id > 1);
      const seen = new Set(processIds);
      for (const id of identities.keys()) if (!seen.has(id)) identities.delete(id);
      lastProcesses.clear();
      for (const group of groups.values()) {
        lastProcesses.set(group, group.processes);
        Object.assign(group, nothing);
      }
      shared.clear();
      for (const processId of processIds) await look(processId);
      for (const [group, bytes] of shared) group.usedBytes += bytes;
      const found = [...groups.values()].filter(({ containerId }) => !others?.has(containerId));
      for (const group of found) settleMain(group, seen);
      restTicks = Math.floor(processIds.length / processesPerTick);
      return found;
    },
  };
}

const nothing = { processes: 0, zombies: 0, threads: 0, usedBytes: 0 } as const;

/**
 * The agent's own container, by our process among the others, since our own cgroup may show as the root of all; and the one
 * that holds the pod's namespaces, in which more than the first process may run.
 */
async function containersOfOthers(host: Host): Promise<ReadonlySet<string>> {
  const stat = await host.readFile('/proc/self/stat', maximumFileBytes);
  const own = 'text' in stat ? readStat(stat.text) : undefined;
  const ids = await Promise.all(
    [own?.processId, 1].map(async (processId) => {
      if (processId === undefined) return undefined;
      const cgroup = await host.readFile(`/proc/${processId}/cgroup`, maximumFileBytes);
      return 'text' in cgroup ? containerIdOf(cgroup.text) : undefined;
    }),
  );
  return new Set(ids.filter((id) => id !== undefined));
}
