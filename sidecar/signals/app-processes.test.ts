import { describe, expect, test } from 'vitest';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { appContainer, pauseContainer, showProcesses, type FakeProcess } from '#test/support/fake-processes.ts';
import { makeAppProcesses } from './app-processes.ts';
import { readLimits, softLimit } from './open-files.ts';

const mebibyte = 1_048_576;
const limit = 512 * mebibyte;
const main: FakeProcess = { processId: 20, container: appContainer };
const known = { name: 'cart', id: appContainer, memoryLimitBytes: limit };

const limitsFile = [
  'Limit                     Soft Limit           Hard Limit           Units     ',
  'Max processes             7823                 7823                 processes ',
  'Max open files            1024                 1048576              files     ',
  '',
].join('\n');

function start() {
  const host = makeFakeHost({});
  return { host, app: makeAppProcesses(host) };
}

/** Lets the memory grow second by second, and tells at which second news came. */
async function grow(
  { host, app }: ReturnType<typeof start>,
  bytesAt: (second: number) => number,
  seconds: number,
): Promise<number | undefined> {
  for (let second = 0; second < seconds; second += 1) {
    showProcesses(host, [{ ...main, anonymousBytes: bytesAt(second) }]);
    if ((await app.look(second)) === 'memory') return second;
  }
  return undefined;
}

const leak = (second: number): number => (64 + 19 * second) * mebibyte;

describe('the memory of a container', () => {
  test('is foretold once when it first is, with the limit that holds now', async () => {
    const { host, app } = start();
    app.learn([known]);
    const second = (await grow({ host, app }, leak, 22)) ?? Infinity;
    expect(second).toBeLessThan(18);
    expect(app.forecasts()).toMatchObject([{ container: 'cart', limitBytes: limit, usedBytes: leak(second) }]);
    showProcesses(host, [{ ...main, anonymousBytes: leak(second + 1) }]);
    expect(await app.look(second + 1)).toBeUndefined();
    expect(app.forecasts()).toHaveLength(1);
  });

  test('is followed from its start, though which container it is comes later', async () => {
    const { host, app } = start();
    await grow({ host, app }, leak, 15);
    expect(app.forecasts()).toEqual([]);
    app.learn([known]);
    const later = await grow({ host, app }, (second) => leak(15 + second), 3);
    expect(later).toBeDefined();
  });

  test('is no longer foretold once its limit was raised', async () => {
    const { host, app } = start();
    app.learn([known]);
    const second = (await grow({ host, app }, leak, 22)) ?? 0;
    app.learn([{ ...known, memoryLimitBytes: 4 * limit }]);
    for (let later = second + 1; later < second + 8; later += 1) await app.look(later);
    expect(app.forecasts()).toEqual([]);
  });

  test('is never foretold without a limit, nor for a container that is not the app’s', async () => {
    for (const containers of [[{ name: 'cart', id: appContainer }], [{ ...known, id: 'f'.repeat(64) }]]) {
      const { host, app } = start();
      app.learn(containers);
      expect(await grow({ host, app }, leak, 23)).toBeUndefined();
    }
  });
});

describe('the id of a container', () => {
  const other = 'd'.repeat(64);

  test.each([
    ['is what the API server says', [known], [appContainer, other], appContainer],
    ['is that of the only one that runs while nobody has told', [], [appContainer], appContainer],
    ['is never that of the one that holds the namespaces', [], [pauseContainer, appContainer], appContainer],
    ['is that of the only one that runs after a restart', [{ ...known, id: other }], [appContainer], appContainer],
    ['is not known while nobody has told which of two it is', [], [appContainer, other], undefined],
    ['is never that of another container', [{ ...known, name: 'web' }], [appContainer], undefined],
  ])('%s', async (_what, containers, running, expected) => {
    const { host, app } = start();
    showProcesses(
      host,
      running.map((container, index) => ({ processId: 20 + index, container })),
    );
    await app.look(0);
    app.learn(containers);
    expect(app.containerId('cart')).toBe(expected);
  });
});

describe('a main process that is gone', () => {
  test('is told at once, and for as long as the API server says that its container runs', async () => {
    const { host, app } = start();
    app.learn([known]);
    showProcesses(host, [main]);
    expect(await app.look(0)).toBeUndefined();
    expect(await app.look(1)).toBeUndefined();
    showProcesses(host, []);
    await host.advance(1_000);
    expect(await app.look(2)).toBe('process');
    expect(await app.look(3)).toBeUndefined();
    expect(app.vanished()).toEqual([{ container: 'cart', at: '2026-03-01T10:00:01.000Z' }]);
    app.learn([{ name: 'cart' }]);
    expect(app.vanished()).toEqual([]);
    app.learn([{ ...known, id: 'd'.repeat(64) }]);
    expect(app.vanished()).toEqual([]);
  });

  test.each([
    ['comes back', [{ processId: 21, container: 'd'.repeat(64) }], []],
    ['stays away', [], [{ container: 'cart', at: '2026-03-01T10:00:01.000Z' }]],
  ])('because the agent ended it is told only where nothing comes after it: %s', async (_what, after, told) => {
    const { host, app } = start();
    app.learn([known]);
    showProcesses(host, [main]);
    await app.look(0);
    await app.look(1);
    app.noteOwnEnding(appContainer, 1);
    showProcesses(host, []);
    await host.advance(1_000);
    for (let second = 2; second < 31; second += 1) {
      expect(await app.look(second)).toBeUndefined();
      expect(app.vanished()).toEqual([]);
    }
    showProcesses(host, after);
    expect(await app.look(31)).toBe(told.length > 0 ? 'process' : undefined);
    expect(app.vanished()).toEqual(told);
  });

  test('of a container that the API server does not name is not told', async () => {
    const { host, app } = start();
    showProcesses(host, [main]);
    await app.look(0);
    await app.look(1);
    showProcesses(host, []);
    expect(await app.look(2)).toBeUndefined();
    expect(app.vanished()).toEqual([]);
  });
});

describe('the limits of a process', () => {
  test('are seen with what is used of them', async () => {
    const { host, app } = start();
    app.learn([known]);
    showProcesses(host, [main]);
    host.answers.files['/proc/20/limits'] = limitsFile;
    host.answers.folders['/proc/20/fd'] = ['0', '1', '2'];
    await app.look(0);
    expect(app.containers()[0]?.limits).toEqual({
      openFiles: 3,
      openFilesLimit: 1024,
      threadsLimit: 7823,
      problem: undefined,
    });
  });

  test('of another user’s process are known, but not what is used of them', async () => {
    const { host } = start();
    host.answers.files['/proc/20/limits'] = limitsFile;
    expect(await readLimits(host, 20)).toMatchObject({
      openFiles: undefined,
      openFilesLimit: 1024,
      problem: 'no such folder',
    });
  });

  test('are at least as many open files as were listed', async () => {
    const { host } = start();
    host.listFolder = () => Promise.resolve({ problem: 'more than 2048 entries' });
    expect(await readLimits(host, 20)).toMatchObject({ openFiles: 2_048, problem: undefined });
  });

  test('that are unlimited are none', () => {
    expect(
      softLimit('Max processes             unlimited            unlimited            processes', 'Max processes'),
    ).toBe(undefined);
    expect(softLimit(limitsFile, 'Max open files')).toBe(1024);
  });
});
