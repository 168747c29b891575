import { maximumCacheFolders, powerProblems, type AskedPowers, type PowerProblem } from '#contract/agent-settings.ts';
import { agentPowers, type AgentPower } from '#contract/vocabulary.ts';

/** A folder inside a cache volume; no names mean the volume itself. */
export interface CacheFolder {
  readonly volume: string;
  readonly folders: readonly string[];
}

/** Reads what injection decided about the powers. A power that is not known here is a newer webhook's. */
export function parseAskedPowers(text: string): AskedPowers | undefined {
  const parsed = parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const entries = Object.entries(parsed as Readonly<Record<string, unknown>>);
  const asked: Partial<Record<AgentPower, 'given' | PowerProblem>> = {};
  for (const power of agentPowers) {
    const value = entries.find(([name]) => name === power)?.[1];
    if (value === undefined) continue;
    const known = value === 'given' ? value : problems.find((problem) => problem === value);
    if (known === undefined) return undefined;
    asked[power] = known;
  }
  return asked;
}

/** Reads the folders of the cache. One malformed entry spoils the list: nothing is emptied by a guess. */
export function parseCacheFolders(text: string): readonly CacheFolder[] | undefined {
  const parsed = parse(text);
  if (!Array.isArray(parsed) || parsed.length > maximumCacheFolders) return undefined;
  const read = parsed.map(folderOf);
  return read.includes(undefined) ? undefined : read.filter((folder) => folder !== undefined);
}

const problems = Object.keys(powerProblems) as readonly PowerProblem[];

function folderOf(entry: unknown): CacheFolder | undefined {
  if (typeof entry !== 'string') return undefined;
  const [volume = '', ...folders] = entry.split('/');
  return [volume, ...folders].every(isName) ? { volume, folders } : undefined;
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('\0');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
