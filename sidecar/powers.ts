import { cacheMountRoot, powerProblems } from '#contract/agent-settings.ts';
import type { AgentPower } from '#contract/vocabulary.ts';
import type { CacheFolder } from './asked-powers.ts';
import type { Host } from './host.ts';
import { statOf } from './processes.ts';
import type { AgentSettings } from './settings.ts';

const maximumMountsBytes = 262_144;

/** What the agent can do, and why not what it was asked to be able to do. */
export interface Powers {
  readonly powers: readonly AgentPower[];
  /** Those that are mounted writable. */
  readonly cacheFolders: readonly CacheFolder[];
  readonly off: Readonly<Partial<Record<AgentPower, string>>>;
}

/** Holds what injection gave against what the pod became: others may have changed it on its way. */
export async function findPowers(host: Host, { askedPowers, cacheFolders }: AgentSettings): Promise<Powers> {
  const powers: AgentPower[] = [];
  const off: Partial<Record<AgentPower, string>> = {};
  const settle = (power: AgentPower, problem: string | undefined): void => {
    if (problem === undefined) powers.push(power);
    else off[power] = problem;
  };

  const restart = askedPowers['restart-container'];
  if (restart !== undefined) {
    settle('restart-container', restart === 'given' ? await restartProblem(host) : powerProblems[restart]);
  }
  const clear = askedPowers['clear-cache'];
  const writable = clear === 'given' ? await writableFolders(host, cacheFolders) : [];
  if (clear !== undefined) {
    const none = writable.length === 0 ? 'no cache volume is mounted writable' : undefined;
    settle('clear-cache', clear === 'given' ? none : powerProblems[clear]);
  }
  // Whether the kubelet was told what the exit code means can't be seen from here; where it was not, the agent alone restarts.
  const all = askedPowers['restart-all'];
  if (all !== undefined) settle('restart-all', all === 'given' ? undefined : powerProblems[all]);
  return { powers, cacheFolders: writable, off };
}

/** In a namespace of its own the agent is process 1. */
async function restartProblem(host: Host): Promise<string | undefined> {
  const own = await statOf(host, 'self');
  if (own === undefined) return 'the agent can not read its own process';
  return own.processId === 1 ? 'the process namespace is not shared' : undefined;
}

async function writableFolders(host: Host, folders: readonly CacheFolder[]): Promise<readonly CacheFolder[]> {
  const mounts = await host.readFile('/proc/self/mounts', maximumMountsBytes);
  if (!('text' in mounts)) return [];
  const writable = new Set(
    mounts.text.split('\n').flatMap((line) => {
      const [, path = '', , options = ''] = line.split(' ');
      return options.split(',').includes('rw') ? [path] : [];
    }),
  );
  return folders.filter(({ volume }) => writable.has(`${cacheMountRoot}/${volume}`));
}
