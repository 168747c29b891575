import { opendir } from 'node:fs/promises';
import type { FolderAnswer } from '../../host.ts';

/** Lists a folder that may be large, such as /proc: reading stops at the bound. */
export async function listFolder(path: string, maximumEntries: number): Promise<FolderAnswer> {
  try {
    const names: string[] = [];
    for await (const { name } of await opendir(path)) {
      if (names.length >= maximumEntries) return { problem: `more than ${maximumEntries} entries` };
      names.push(name);
    }
    return { names };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
