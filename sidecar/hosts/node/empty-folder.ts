import { constants, type Stats } from 'node:fs';
import { lstat, open, opendir, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import type { EmptyAnswer, EmptyRequest } from '../../host.ts';

/** Folders inside folders, each of which is held open while what is below it goes. */
const maximumDepth = 64;

/** Linux counts the blocks of a file in this unit, whatever the file system's own is. */
const blockBytes = 512;

interface Level {
  readonly handle: FileHandle;
  /** Its name in the level above; undefined for the folder that is emptied and stays. */
  readonly name: string | undefined;
  readonly names: string[];
}

/** Where one emptying stands. */
interface Progress {
  deviceId: number;
  readonly maximumEntries: number;
  readonly deadline: number;
  looked: number;
  removedEntries: number;
  freedBytes: number;
  problem: string | undefined;
}

/**
 * Removes what is in a folder. Each folder is opened by its name within the one above it and never through a link
 * (`/proc/self/fd/N/name` is openat's way for programs without openat), so that an app that swaps a folder for a
 * link meanwhile leads nowhere. Other file systems that are mounted inside are left alone.
 */
export async function emptyFolder(asked: EmptyRequest): Promise<EmptyAnswer> {
  const handles: FileHandle[] = [];
  const progress: Progress = {
    deviceId: 0,
    maximumEntries: asked.maximumEntries,
    deadline: performance.now() + asked.timeoutMilliseconds,
    looked: 0,
    removedEntries: 0,
    freedBytes: 0,
    problem: undefined,
  };
  try {
    let handle = await openFolder(asked.root);
    handles.push(handle);
    for (const name of asked.folders) {
      if (name === '' || name === '.' || name === '..' || name.includes('/'))
        throw new TypeError('not a folder’s name');
      handle = await openFolder(childOf(handle, name));
      handles.push(handle);
    }
    progress.deviceId = (await handle.stat()).dev;
    await removeBelow(handle, progress);
  } catch (error) {
    progress.problem ??= codeOf(error);
  } finally {
    for (const handle of handles) await handle.close().catch(() => undefined);
  }
  const { removedEntries, freedBytes, problem } = progress;
  return { removedEntries, freedBytes, problem };
}

/** Goes down into folders and comes back up to remove them, without recursion, until a bound is met. */
async function removeBelow(folder: FileHandle, progress: Progress): Promise<void> {
  const levels: Level[] = [{ handle: folder, name: undefined, names: await namesIn(folder, progress) }];
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names.pop();
      if (name === undefined) {
        levels.pop();
        await leave(level, levels.at(-1), progress);
      } else if (progress.looked >= progress.maximumEntries) {
        progress.problem = `more than ${progress.maximumEntries} entries`;
        return;
      } else if (performance.now() > progress.deadline) {
        progress.problem = 'not done in time';
        return;
      } else {
        progress.looked += 1;
        const below = await removeEntry(level, name, levels.length, progress);
        if (below) levels.push(below);
      }
    }
  } finally {
    for (const { handle, name } of levels) if (name !== undefined) await handle.close().catch(() => undefined);
  }
}

/** Removes what is no folder; gives back the level below for what is one. */
async function removeEntry(level: Level, name: string, depth: number, progress: Progress): Promise<Level | undefined> {
  const path = childOf(level.handle, name);
  try {
    if (name.includes('\uFFFD')) throw new TypeError('a name is not UTF-8');
    const stats = await lstat(path);
    if (!stats.isDirectory()) {
      await unlink(path);
      count(stats, progress);
      return undefined;
    }
    if (stats.dev !== progress.deviceId) throw new TypeError('another file system is mounted inside');
    if (depth >= maximumDepth) throw new TypeError(`folders are nested deeper than ${maximumDepth}`);
    const handle = await openFolder(path);
    try {
      return { handle, name, names: await namesIn(handle, progress) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    note(error, progress);
    return undefined;
  }
}

/** A folder that still holds something stays, which was noted when that something was met. */
async function leave(level: Level, above: Level | undefined, progress: Progress): Promise<void> {
  if (level.name === undefined || above === undefined) return;
  await level.handle.close().catch(() => undefined);
  try {
    await rmdir(childOf(above.handle, level.name));
    progress.removedEntries += 1;
  } catch (error) {
    note(error, progress);
  }
}

/** At most as many names as may still be looked at, and one more to tell that there are more. */
async function namesIn(folder: FileHandle, progress: Progress): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(`/proc/self/fd/${folder.fd}`)) {
    names.push(name);
    if (names.length > progress.maximumEntries - progress.looked) break;
  }
  return names;
}

function count(stats: Stats, progress: Progress): void {
  progress.removedEntries += 1;
  if (stats.nlink === 1) progress.freedBytes += stats.blocks * blockBytes;
}

/** The first problem is kept. What is gone already was removed by the app itself. */
function note(error: unknown, progress: Progress): void {
  const code = codeOf(error);
  if (code !== 'ENOENT') progress.problem ??= code;
}

function openFolder(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

function childOf(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

/** The code alone: messages hold names out of the app's files. */
function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
