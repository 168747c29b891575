import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  rmdirSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { EmptyAnswer, EmptyRequest } from '../../host.ts';

/** Folders inside folders, each of which is held open while what is below it goes. */
const maximumDepth = 64;

/** Linux counts the blocks of a file in this unit, whatever the file system's own is. */
const blockBytes = 512;

/**
 * How long the probes wait for a turn at most, but for one slow file. Milliseconds. The calls block on purpose:
 * an agent has a tenth of a CPU, and a call by way of promises and threads costs four times as much of it.
 */
const turnMilliseconds = 5;

interface Level {
  readonly descriptor: number;
  /** Its name in the level above; undefined for the folder that is emptied and stays. */
  readonly name: string | undefined;
  readonly names: string[];
}

/** One emptying and how far it has come. */
interface Work {
  readonly maximumEntries: number;
  readonly deadline: number;
  deviceId: number;
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
  const opened: number[] = [];
  const work: Work = {
    maximumEntries: asked.maximumEntries,
    deadline: performance.now() + asked.timeoutMilliseconds,
    deviceId: 0,
    looked: 0,
    removedEntries: 0,
    freedBytes: 0,
    problem: undefined,
  };
  try {
    let descriptor = openFolder(asked.root);
    opened.push(descriptor);
    for (const name of asked.folders) {
      if (name === '' || name === '.' || name === '..' || name.includes('/'))
        throw new TypeError('not a folder’s name');
      descriptor = openFolder(childOf(descriptor, name));
      opened.push(descriptor);
    }
    work.deviceId = fstatSync(descriptor).dev;
    await removeBelow(descriptor, work);
  } catch (error) {
    work.problem ??= codeOf(error);
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
  const { removedEntries, freedBytes, problem } = work;
  return { removedEntries, freedBytes, problem };
}

/** Goes down into folders and comes back up to remove them, without recursion, until a bound is met. */
async function removeBelow(folder: number, work: Work): Promise<void> {
  const levels: Level[] = [{ descriptor: folder, name: undefined, names: namesIn(folder, work) }];
  let turn = performance.now();
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names.pop();
      if (name === undefined) {
        levels.pop();
        leave(level, levels.at(-1), work);
      } else if (work.looked >= work.maximumEntries) {
        work.problem = `more than ${work.maximumEntries} entries`;
        return;
      } else if (performance.now() > work.deadline) {
        work.problem = 'not done in time';
        return;
      } else {
        work.looked += 1;
        const below = removeEntry(level, name, levels.length, work);
        if (below) levels.push(below);
      }
      if (performance.now() - turn > turnMilliseconds) {
        await setImmediate();
        turn = performance.now();
      }
    }
  } finally {
    for (const { descriptor, name } of levels) if (name !== undefined) closeSync(descriptor);
  }
}

/** Removes what is no folder; gives back the level below for what is one. */
function removeEntry(level: Level, name: string, depth: number, work: Work): Level | undefined {
  const path = childOf(level.descriptor, name);
  try {
    if (name.includes('\uFFFD')) throw new TypeError('a name is not UTF-8');
    const stats = lstatSync(path);
    if (!stats.isDirectory()) {
      unlinkSync(path);
      count(stats, work);
      return undefined;
    }
    if (stats.dev !== work.deviceId) throw new TypeError('another file system is mounted inside');
    if (depth >= maximumDepth) throw new TypeError(`folders are nested deeper than ${maximumDepth}`);
    const descriptor = openFolder(path);
    try {
      return { descriptor, name, names: namesIn(descriptor, work) };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    note(error, work);
    return undefined;
  }
}

/** A folder that still holds something stays, which was noted when that something was met. */
function leave(level: Level, above: Level | undefined, work: Work): void {
  if (level.name === undefined || above === undefined) return;
  closeSync(level.descriptor);
  try {
    rmdirSync(childOf(above.descriptor, level.name));
    work.removedEntries += 1;
  } catch (error) {
    note(error, work);
  }
}

/** At most as many names as may still be looked at, and one more to tell that there are more. */
function namesIn(folder: number, work: Work): string[] {
  const names: string[] = [];
  const entries = opendirSync(`/proc/self/fd/${folder}`);
  try {
    while (names.length <= work.maximumEntries - work.looked) {
      const entry = entries.readSync();
      if (entry === null) break;
      names.push(entry.name);
    }
  } finally {
    entries.closeSync();
  }
  return names;
}

function count(stats: Stats, work: Work): void {
  work.removedEntries += 1;
  if (stats.nlink === 1) work.freedBytes += stats.blocks * blockBytes;
}

/** The first problem is kept. What is gone already was removed by the app itself. */
function note(error: unknown, work: Work): void {
  const code = codeOf(error);
  if (code !== 'ENOENT') work.problem ??= code;
}

function openFolder(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

function childOf(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`;
}

/** The code alone: messages hold names out of the app's files. */
function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
