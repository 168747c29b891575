import type { makeFakeHost } from './fake-host.ts';

/** A process as a test wants it to be seen in /proc. */
export interface FakeProcess {
  readonly processId: number;
  /** Id of its container. */
  readonly container: string;
  readonly parentId?: number;
  readonly startTicks?: number;
  readonly state?: string;
  readonly threads?: number;
  readonly anonymousBytes?: number;
  readonly sharedBytes?: number;
  /** Of the anonymous memory, as smaps_rollup has it; absent where that can't be read. */
  readonly ownBytes?: number;
}

/** Ids of containers: the app's, the agent's own, and the one that holds the pod's namespaces. */
export const appContainer = 'a'.repeat(64);
export const agentContainer = 'b'.repeat(64);
export const pauseContainer = 'c'.repeat(64);

/** The processes that each pod has whose containers share a namespace. */
const always: readonly FakeProcess[] = [
  { processId: 1, container: pauseContainer, startTicks: 100 },
  { processId: 7, container: agentContainer, startTicks: 110 },
];

/** Shows these processes, and those of the pod and of the agent itself, in the /proc of a host. */
export function showProcesses(
  { answers: { files, folders } }: ReturnType<typeof makeFakeHost>,
  processes: readonly FakeProcess[],
): void {
  for (const path of Object.keys(files)) if (/^\/proc\/\d/.test(path)) delete files[path];
  const shown = [...always, ...processes];
  folders['/proc'] = ['self', 'cpuinfo', ...shown.map(({ processId }) => String(processId))];
  for (const one of shown) {
    const { processId, container, parentId = 0, startTicks = 1_000, state = 'S', threads = 1 } = one;
    const { anonymousBytes = 0, sharedBytes = 0 } = one;
    const stat = `${processId} (app) ${state} ${parentId} ${'0 '.repeat(17)}${startTicks} 0 0\n`;
    files[`/proc/${processId}/stat`] = stat;
    if (container === agentContainer) files['/proc/self/stat'] = stat;
    files[`/proc/${processId}/cgroup`] = `0::/../cri-containerd-${container}.scope\n`;
    if (one.ownBytes !== undefined) {
      const [own, all] = [one.ownBytes, anonymousBytes].map((bytes) => Math.round(bytes / 1024));
      const rollup = `0-f ---p 0 00:00 0 [rollup]\nRss: ${all} kB\nPss_Anon: ${own} kB\nAnonymous: ${all} kB\n`;
      files[`/proc/${processId}/smaps_rollup`] = rollup;
    }
    files[`/proc/${processId}/status`] = [
      'Name:\tapp',
      `State:\t${state} (whatever)`,
      `PPid:\t${parentId}`,
      `RssAnon:\t${Math.round(anonymousBytes / 1024)} kB`,
      `RssShmem:\t${Math.round(sharedBytes / 1024)} kB`,
      `Threads:\t${threads}`,
      '',
    ].join('\n');
  }
}
