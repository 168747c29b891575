import { writeFileSync } from 'node:fs';
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmptyAnswer, EmptyRequest } from '../../sidecar/host.ts';
import type { GetHost } from './tested-host.ts';

/** What the emptying of caches must be on every host. */
export function describeEmptying(getHost: GetHost): void {
  let root = '';
  let outside = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cache-'));
    outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'precious'), 'kept');
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
    await rm(outside, { recursive: true, force: true });
  });

  const empty = (changes: Partial<EmptyRequest> = {}): Promise<EmptyAnswer> =>
    getHost().emptyFolder({ root, folders: [], maximumEntries: 1_000, timeoutMilliseconds: 10_000, ...changes });

  const openFiles = async (): Promise<number> => (await readdir(`/proc/${getHost().processId}/fd`)).length;

  describe('emptying a folder', () => {
    test('removes files and folders at any depth, counts them, and leaves the folder and no open file', async () => {
      await mkdir(join(root, 'a/b/c'), { recursive: true });
      await writeFile(join(root, 'a/b/c/deep'), 'x'.repeat(10_000));
      await writeFile(join(root, 'top'), '');
      const before = await openFiles();
      const answer = await empty();
      expect(answer).toMatchObject({ removedEntries: 5, problem: undefined });
      expect(answer.freedBytes).toBeGreaterThanOrEqual(10_000);
      expect(await readdir(root)).toEqual([]);
      expect(await openFiles()).toBe(before);
    });

    test('empties only the folder within the volume that it is told', async () => {
      await mkdir(join(root, 'data/tmp'), { recursive: true });
      await writeFile(join(root, 'data/tmp/page'), '');
      await writeFile(join(root, 'data/table'), '');
      expect(await empty({ folders: ['data', 'tmp'] })).toMatchObject({ removedEntries: 1, problem: undefined });
      expect((await readdir(join(root, 'data'))).toSorted()).toEqual(['table', 'tmp']);
    });

    test('removes links and never what they lead to', async () => {
      await symlink(outside, join(root, 'folder'));
      await symlink(join(outside, 'precious'), join(root, 'file'));
      await symlink('/nowhere', join(root, 'broken'));
      expect(await empty()).toMatchObject({ removedEntries: 3, problem: undefined });
      expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('kept');
    });

    test('goes through no link on the way to its folder', async () => {
      await symlink(outside, join(root, 'tmp'));
      expect(await empty({ folders: ['tmp'] })).toEqual({ removedEntries: 0, freedBytes: 0, problem: 'ENOTDIR' });
      expect(await readdir(outside)).toEqual(['precious']);
    });

    test.each(['..', '.', '', 'a/b'])('takes %j for no folder’s name', async (name) => {
      expect(await empty({ folders: [name] })).toMatchObject({ removedEntries: 0, problem: 'not a folder’s name' });
    });

    test('is not led out by an app that swaps its folders for links all the while', async () => {
      for (let index = 0; index < 50; index += 1) {
        await mkdir(join(root, `f${index}`));
        await writeFile(join(root, `f${index}`, 'precious'), '');
        await symlink(outside, join(root, `l${index}`));
      }
      const swap = async (): Promise<void> => {
        for (let index = 0; index < 50; index += 1) {
          await rename(join(root, `l${index}`), join(root, `x${index}`)).catch(() => undefined);
          await rename(join(root, `f${index}`), join(root, `l${index}`)).catch(() => undefined);
          await rename(join(root, `x${index}`), join(root, `f${index}`)).catch(() => undefined);
        }
      };
      for (let index = 0; index < 3_000; index += 1) writeFileSync(join(root, `page${index}`), '');
      await Promise.all([swap(), empty({ maximumEntries: 10_000 }), swap()]);
      expect(await readdir(outside)).toEqual(['precious']);
    });

    test('counts no bytes for a file that has another name', async () => {
      await link(join(outside, 'precious'), join(root, 'twin'));
      expect(await empty()).toEqual({ removedEntries: 1, freedBytes: 0, problem: undefined });
    });

    test('ends at its bounds and says so', async () => {
      for (let index = 0; index < 20; index += 1) await writeFile(join(root, `f${index}`), '');
      expect(await empty({ timeoutMilliseconds: -1 })).toMatchObject({
        removedEntries: 0,
        problem: 'not done in time',
      });
      expect(await empty({ maximumEntries: 5 })).toMatchObject({ removedEntries: 5, problem: 'more than 5 entries' });
      expect(await empty()).toMatchObject({ removedEntries: 15, problem: undefined });
      await mkdir(join(root, Array.from({ length: 80 }, () => 'd').join('/')), { recursive: true });
      expect((await empty()).problem).toBe('folders are nested deeper than 64');
    });

    test('says what hindered it, without a name, and goes on with the rest', async () => {
      await mkdir(join(root, 'locked'));
      await writeFile(join(root, 'locked', 'file'), '');
      await writeFile(join(root, 'free'), '');
      await chmod(join(root, 'locked'), 0o500);
      const { removedEntries, problem } = await empty();
      await chmod(join(root, 'locked'), 0o700).catch(() => undefined);
      // Who may do everything meets no locked folder.
      expect([removedEntries, problem]).toEqual(process.getuid?.() === 0 ? [3, undefined] : [1, 'EACCES']);
    });

    test('of a folder that is not there is a problem, not an exception', async () => {
      expect(await empty({ root: join(root, 'none') })).toMatchObject({ problem: 'ENOENT' });
    });
  });
}
