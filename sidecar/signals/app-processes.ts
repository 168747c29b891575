import type { AnsweredContainer } from '#contract/report-answer.ts';
import { maximumContainers, type MemoryForecast, type VanishedProcess } from '#contract/report.ts';
import type { Host } from '../host.ts';
import { makeMemoryWatch } from './memory-watch.ts';
import { readLimits, type ProcessLimits } from './open-files.ts';
import { makeProcessGroups, type ProcessGroup } from './process-groups.ts';

/** Between two looks at the open files of a process. Seconds. */
const limitsSeconds = 10;

/** A container whose process the agent ended should run anew by then; if not, the node has not noticed. Seconds. */
const ownEndingSeconds = 30;

/** One of the app's containers, as it was last seen. */
export interface AppContainer extends ProcessGroup {
  readonly name: string;
  readonly memoryLimitBytes: number | undefined;
  readonly limits: ProcessLimits | undefined;
}

/** What a look has found that the controller should learn at once. */
export type AppNews = 'memory' | 'process' | undefined;

/** The app's own processes, where the pod's containers share a namespace. */
export interface AppProcesses {
  /** Looks once. Calls never overlap. */
  look(seconds: number): Promise<AppNews>;
  /** Learns from the API server which container is which. */
  learn(containers: readonly AnsweredContainer[]): void;
  /** Of a container that runs: as the API server last said, or by what is seen where that leaves no doubt. */
  containerId(container: string): string | undefined;
  /** The agent itself ends this container's process: that it is gone is told only where nothing comes after it. */
  noteOwnEnding(containerId: string, seconds: number): void;
  containers(): readonly AppContainer[];
  forecasts(): readonly MemoryForecast[];
  vanished(): readonly VanishedProcess[];
}

export function makeAppProcesses(host: Host): AppProcesses {
  const processes = makeProcessGroups(host);
  const memory = makeMemoryWatch();
  const limits = new Map<string, ProcessLimits>();
  const told = new Set<string>();
  /** When the agent ended them, by container. */
  const endings = new Map<string, number>();
  let known: ReadonlyMap<string, AnsweredContainer> = new Map();
  let groups: readonly ProcessGroup[] = [];
  let limitsAt = -Infinity;
  let now = 0;

  const lookAtLimits = async (seconds: number): Promise<void> => {
    if (seconds - limitsAt < limitsSeconds) return;
    limitsAt = seconds;
    limits.clear();
    for (const { containerId, main, vanishedAt } of groups) {
      if (main === undefined || vanishedAt !== undefined || !known.has(containerId)) continue;
      limits.set(containerId, await readLimits(host, main.processId));
    }
  };

  /** What has begun since the API server was last heard of is what the kubelet made of it. */
  const isOwnEnding = (containerId: string): boolean => {
    const at = endings.get(containerId);
    if (at === undefined) return false;
    return now - at < ownEndingSeconds || groups.some((one) => one.processes > 0 && !known.has(one.containerId));
  };

  const vanished = (): readonly ProcessGroup[] =>
    groups.filter(
      ({ containerId, vanishedAt }) => vanishedAt !== undefined && known.has(containerId) && !isOwnEnding(containerId),
    );

  return {
    look: async (seconds) => {
      const seen = await processes.scan();
      if (seen === undefined) return undefined;
      groups = seen;
      now = seconds;
      const isForeseen = memory.look(seconds, groups, known);
      const fresh = vanished().filter(({ containerId }) => !told.has(containerId));
      told.clear();
      for (const { containerId } of vanished()) told.add(containerId);
      await lookAtLimits(seconds);
      if (fresh.length > 0) return 'process';
      return isForeseen ? 'memory' : undefined;
    },
    noteOwnEnding: (containerId, seconds) => void endings.set(containerId, seconds),
    learn: (containers) => {
      known = new Map(containers.flatMap((each) => (each.id === undefined ? [] : [[each.id, each] as const])));
      for (const containerId of endings.keys()) if (!known.has(containerId)) endings.delete(containerId);
    },
    containerId: (container) => {
      const named = [...known.values()].find(({ name }) => name === container)?.id;
      const running = groups.filter(({ processes: count }) => count > 0).map(({ containerId }) => containerId);
      const [only, ...others] = running;
      if (only === undefined || others.length > 0 || only === named) return named;
      // Nobody has told yet, or the container was restarted since; an app that answers or hangs is among those that are seen.
      const nameOfOnly = known.get(only)?.name ?? container;
      return nameOfOnly === container ? only : named;
    },
    containers: () =>
      groups.flatMap((group) => {
        const container = known.get(group.containerId);
        if (container === undefined) return [];
        const { name, memoryLimitBytes } = container;
        return [{ ...group, name, memoryLimitBytes, limits: limits.get(group.containerId) }];
      }),
    forecasts: () => memory.forecasts().slice(0, maximumContainers),
    // Gone from here as soon as the API server says that the container does not run any more, or runs anew.
    vanished: () =>
      vanished()
        .slice(0, maximumContainers)
        .flatMap(({ containerId, vanishedAt = 0 }) => {
          const container = known.get(containerId);
          return container === undefined ? [] : [{ container: container.name, at: new Date(vanishedAt).toISOString() }];
        }),
  };
}
