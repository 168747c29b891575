import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { makeNodeWatch } from './node-pressure.ts';
import { makeOwnCgroup } from './own-cgroup.ts';
import { makeVolumeWatch } from './volumes.ts';

const pressure = (some: string, full: string): string =>
  `some avg10=${some} avg60=0.00 avg300=0.00 total=1\nfull avg10=${full} avg60=0.00 avg300=0.00 total=1\n`;

describe('the node', () => {
  test('is read one file at a time, and each in turn', async () => {
    const host = makeFakeHost({});
    const { files } = host.answers;
    files['/proc/vmstat'] = 'nr_free_pages 1\noom_kill 41\n';
    files['/proc/pressure/cpu'] = pressure('12.50', '0.00');
    files['/proc/pressure/memory'] = pressure('3.00', '1.25');
    files['/proc/pressure/io'] = pressure('0.40', '0.00');
    const node = makeNodeWatch(host);
    for (let look = 0; look < 4; look += 1) await node.look();
    expect(node.pressure).toEqual({ cpu: 12.5, memory: 3, memoryStall: 1.25, io: 0.4, oomKills: 0 });
    files['/proc/vmstat'] = 'nr_free_pages 1\noom_kill 43\n';
    await node.lookAtKills();
    expect(node.pressure.oomKills).toBe(2);
  });

  test('that tells nothing is no problem', async () => {
    const node = makeNodeWatch(makeFakeHost({}));
    for (let look = 0; look < 8; look += 1) await node.look();
    expect(Object.values(node.pressure).filter((value) => value !== undefined)).toEqual([]);
  });

  test('is read as this kernel writes it', async () => {
    const host = makeFakeHost({});
    for (const path of ['/proc/vmstat', '/proc/pressure/cpu']) host.answers.files[path] = readFileSync(path, 'utf8');
    const node = makeNodeWatch(host);
    for (let look = 0; look < 4; look += 1) await node.look();
    expect(node.pressure.oomKills).toBe(0);
    expect(node.pressure.cpu).toBeGreaterThanOrEqual(0);
  });
});

describe('the agent’s own container', () => {
  test.each([
    ['v2', '/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory.max', 'max', '/sys/fs/cgroup/cpu.stat'],
    [
      'v1',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes',
      '9223372036854771712',
      '/sys/fs/cgroup/cpu/cpu.stat',
    ],
  ])('is read by cgroup %s', async (_version, memory, limit, unlimited, cpu) => {
    const host = makeFakeHost({});
    host.answers.files[memory] = '2097152\n';
    host.answers.files[limit] = '16777216\n';
    host.answers.files[cpu] = 'nr_periods 100\nnr_throttled 10\nthrottled_usec 5\n';
    const own = makeOwnCgroup(host);
    await own.look(0);
    expect([own.usedBytes(), own.limitBytes()]).toEqual([2_097_152, 16_777_216]);
    host.answers.files[limit] = `${unlimited}\n`;
    expect(own.throttledRatio()).toBe(0.1);
    host.answers.files[cpu] = 'nr_periods 200\nnr_throttled 60\nthrottled_usec 9\n';
    await own.look(1);
    expect(own.throttledRatio()).toBe(0.1);
    await own.look(5);
    expect(own.throttledRatio()).toBe(0.5);
    expect(own.limitBytes()).toBeUndefined();
  });

  test('that can not be read is not known', async () => {
    const own = makeOwnCgroup(makeFakeHost({}));
    await own.look(0);
    await own.look(10);
    expect([own.usedBytes(), own.throttledRatio()]).toEqual([undefined, undefined]);
  });
});

describe('the volumes', () => {
  test('are as full as their bytes or their files are, whichever is more', async () => {
    const host = makeFakeHost({});
    const asked: string[] = [];
    host.answers.fileSystem = (path) => {
      asked.push(path);
      return path.endsWith('/a')
        ? { totalBytes: 100, availableBytes: 10, totalFiles: 0, availableFiles: 0 }
        : { totalBytes: 100, availableBytes: 90, totalFiles: 100, availableFiles: 5 };
    };
    const volumes = makeVolumeWatch(host, ['a', 'b', 'a']);
    volumes.look(0);
    volumes.look(1);
    await host.advance(1);
    expect([...volumes.usedRatios()].map(([name, ratio]) => [name, Math.round(ratio * 100)])).toEqual([
      ['a', 90],
      ['b', 95],
    ]);
    expect(asked).toHaveLength(2);
    host.answers.fileSystem = () => ({ problem: 'stale handle' });
    volumes.look(5);
    await host.advance(1);
    expect([...volumes.usedRatios()]).toEqual([]);
  });

  test('that never answer hold nothing up, and are asked no second time', async () => {
    const host = makeFakeHost({});
    let asked = 0;
    host.fileSystem = () => {
      asked += 1;
      return new Promise<never>(() => undefined);
    };
    const volumes = makeVolumeWatch(host, ['a']);
    for (let second = 0; second < 60; second += 1) volumes.look(second);
    await host.advance(1);
    expect(asked).toBe(1);
  });
});
