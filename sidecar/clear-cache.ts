import { cacheMountRoot } from '#contract/agent-settings.ts';
import type { CacheFolder } from './asked-powers.ts';
import type { Host } from './host.ts';
import type { Outcome } from './restart-container.ts';

/** Bounds of one clearing, all folders together. */
const maximumEntries = 100_000;
const maximumMilliseconds = 20_000;

/** Empties the folders that the pod's annotations name, and nothing else. What is left over makes it failed. */
export async function clearCache(host: Host, folders: readonly CacheFolder[]): Promise<Outcome> {
  const until = host.monotonic() + maximumMilliseconds;
  let removedEntries = 0;
  let freedBytes = 0;
  const problems: string[] = [];
  for (const { volume, folders: names } of folders) {
    const answer = await host.emptyFolder({
      root: `${cacheMountRoot}/${volume}`,
      folders: names,
      maximumEntries: Math.max(0, maximumEntries - removedEntries),
      timeoutMilliseconds: Math.max(0, until - host.monotonic()),
    });
    removedEntries += answer.removedEntries;
    freedBytes += answer.freedBytes;
    // A folder that the app has not made yet is as empty as can be.
    if (answer.problem !== undefined && answer.problem !== 'ENOENT') problems.push(`${volume}: ${answer.problem}`);
  }
  const did = `removed ${removedEntries} entries, freed ${freedBytes} bytes`;
  return problems.length === 0
    ? { result: 'done', message: did }
    : { result: 'failed', message: `${did}; left over: ${problems.join(', ')}` };
}
