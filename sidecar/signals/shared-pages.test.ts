import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { readSmallFile } from '../hosts/node/read-file.ts';
import { makeSharedPages, sharedBytesOf, type Member } from './shared-pages.ts';

const mebibyte = 1_048_576;

const rollup = (anonymousKibibytes: number, ownKibibytes: number): string =>
  `55c3 ---p [rollup]\nRss: 1 kB\nPss: 1 kB\nPss_Anon: ${ownKibibytes} kB\nAnonymous: ${anonymousKibibytes} kB\n`;

function start(files: Readonly<Record<number, string>>) {
  const host = makeFakeHost({});
  const asked: string[] = [];
  const pages = makeSharedPages({
    readFile: (path) => {
      asked.push(path);
      return host.readFile(path);
    },
  });
  for (const [id, text] of Object.entries(files)) host.answers.files[`/proc/${id}/smaps_rollup`] = text;
  return { host, pages, asked };
}

const members = (...mebibytes: readonly number[]): Member[] =>
  mebibytes.map((each, index) => ({ processId: 20 + index, anonymousBytes: each * mebibyte }));

test('what forked processes share is counted once', async () => {
  // 90 MiB of three times 100 are shared by all three.
  const { pages } = start({ 20: rollup(102_400, 40_960), 21: rollup(102_400, 40_960), 22: rollup(102_400, 40_960) });
  expect(await pages.countedTwice('c', members(100, 100, 100), 1)).toBe(180 * mebibyte);
});

test('processes that may not be asked count as if they shared nothing, as does one alone', async () => {
  const { pages, asked } = start({});
  expect(await pages.countedTwice('c', members(100, 100), 1)).toBe(0);
  expect(await pages.countedTwice('d', members(100), 1)).toBe(0);
  expect(asked).toHaveLength(2);
});

test('the kernel is asked rarely, sooner where processes came or went, and never of very many', async () => {
  const { pages, asked } = start({});
  const asksAt = async (tick: number, count: number): Promise<number> => {
    asked.length = 0;
    await pages.countedTwice('c', members(...Array<number>(count).fill(1)), tick);
    return asked.length;
  };
  expect([await asksAt(1, 2), await asksAt(2, 2), await asksAt(30, 2), await asksAt(31, 2)]).toEqual([2, 0, 0, 2]);
  expect([await asksAt(32, 3), await asksAt(36, 3), await asksAt(37, 33)]).toEqual([0, 3, 0]);
});

test('never less is left than the largest process holds, whatever was shared once', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ now: fc.nat(1e6), anonymous: fc.nat(1e6), own: fc.nat(1e6) }), {
        minLength: 1,
        maxLength: 6,
      }),
      async (processes) => {
        const files = processes.map(({ anonymous, own }, index) => [20 + index, rollup(anonymous, own)] as const);
        const { pages } = start(Object.fromEntries(files));
        const all = processes.map(({ now }, index) => ({ processId: 20 + index, anonymousBytes: now * 1024 }));
        const twice = await pages.countedTwice('c', all, 1);
        const sum = all.reduce((total, { anonymousBytes }) => total + anonymousBytes, 0);
        expect(twice).toBeGreaterThanOrEqual(0);
        expect(sum - twice).toBeGreaterThanOrEqual(Math.max(...all.map(({ anonymousBytes }) => anonymousBytes)));
      },
    ),
  ));

test('an older kernel and a broken file tell nothing', () => {
  expect(sharedBytesOf('')).toBe(0);
  expect(sharedBytesOf('x\nAnonymous: 100 kB\n')).toBe(0);
  expect(sharedBytesOf(rollup(1, 100))).toBe(0);
});

test('a real shell that forks with a large variable is counted about once', async () => {
  const script = 'x=$(head -c 32000000 /dev/zero | tr "\\0" x); (sleep 60; :) & (sleep 60; :) & echo ready; wait';
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  try {
    await once(child.stdout, 'data');
    const family = [child.pid ?? 0, ...(await childrenOf(child.pid ?? 0))];
    const all: Member[] = [];
    for (const processId of family) {
      const status = await readFile(`/proc/${processId}/status`, 'utf8');
      all.push({ processId, anonymousBytes: Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024 });
    }
    const sum = all.reduce((total, { anonymousBytes }) => total + anonymousBytes, 0);
    const twice = await makeSharedPages({ readFile: readSmallFile }).countedTwice('c', all, 1);
    expect(family).toHaveLength(3);
    expect(sum / mebibyte).toBeGreaterThan(85);
    expect((sum - twice) / mebibyte).toBeLessThan(45);
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  }
});

async function childrenOf(parentId: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    if (new RegExp(`^PPid:\\t${parentId}$`, 'm').test(status)) found.push(Number(name));
  }
  return found;
}
