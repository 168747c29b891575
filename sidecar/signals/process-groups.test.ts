import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fakeEpoch, makeFakeHost } from '#test/support/fake-host.ts';
import { agentContainer, appContainer, pauseContainer, showProcesses } from '#test/support/fake-processes.ts';
import { containerIdOf, isInContainer } from '../processes.ts';
import { readOwnRatio } from './own-ratio.ts';
import { makeProcessGroups } from './process-groups.ts';
import { numberBehind, readStatus } from './process-status.ts';

const mebibyte = 1_048_576;
const main = { processId: 20, container: appContainer, startTicks: 1_000 };
const worker = { processId: 21, container: appContainer, parentId: 20, startTicks: 1_001 };

function start() {
  const host = makeFakeHost({});
  return { host, groups: makeProcessGroups(host) };
}

describe('the processes of a pod', () => {
  test('are counted by container, and neither the agent’s own nor the holder of the namespace is among them', async () => {
    const { host, groups } = start();
    const other = 'd'.repeat(64);
    showProcesses(host, [main, worker, { processId: 30, container: other, threads: 7, state: 'Z', parentId: 20 }]);
    const seen = await groups.scan();
    expect(seen?.map(({ containerId }) => containerId)).toEqual(expect.arrayContaining([appContainer, other]));
    expect(seen?.map(({ containerId }) => containerId)).not.toContain(agentContainer);
    expect(seen?.find(({ containerId }) => containerId === pauseContainer)).toBeUndefined();
    expect(seen?.find(({ containerId }) => containerId === appContainer)).toMatchObject({
      processes: 2,
      threads: 2,
      zombies: 0,
      main: { processId: 20, startTicks: 1_000 },
    });
    expect(seen?.find(({ containerId }) => containerId === other)).toMatchObject({ zombies: 1, threads: 7 });
  });

  test('add up their anonymous memory, and count memory that they share once', async () => {
    const { host, groups } = start();
    showProcesses(host, [
      { ...main, anonymousBytes: 10 * mebibyte, sharedBytes: 100 * mebibyte },
      { ...worker, anonymousBytes: 5 * mebibyte, sharedBytes: 90 * mebibyte },
    ]);
    expect((await groups.scan())?.[0]?.usedBytes).toBe(115 * mebibyte);
  });

  test('count a page that forks have in common once, as soon as there are several of them', async () => {
    const { host, groups } = start();
    const grown = { anonymousBytes: 100 * mebibyte, ownBytes: 50 * mebibyte };
    showProcesses(host, [
      { ...main, ...grown },
      { ...worker, ...grown },
    ]);
    expect((await groups.scan())?.[0]?.usedBytes).toBe(200 * mebibyte);
    expect((await groups.scan())?.[0]?.usedBytes).toBe(100 * mebibyte);
    // What grows in between grows by the same share, until it is measured anew.
    const twice = { anonymousBytes: 200 * mebibyte, ownBytes: 150 * mebibyte };
    showProcesses(host, [
      { ...main, ...twice },
      { ...worker, ...twice },
    ]);
    expect((await groups.scan())?.[0]?.usedBytes).toBe(200 * mebibyte);
    for (let look = 0; look < 32; look += 1) await groups.scan();
    expect((await groups.scan())?.[0]?.usedBytes).toBe(300 * mebibyte);
  });

  test('count all where the pages of a process can’t be seen, and of a lone process without looking', async () => {
    const { host, groups } = start();
    showProcesses(host, [{ ...main, anonymousBytes: 100 * mebibyte, ownBytes: mebibyte }]);
    await groups.scan();
    expect((await groups.scan())?.[0]?.usedBytes).toBe(100 * mebibyte);
    showProcesses(host, [main, { ...worker, anonymousBytes: 100 * mebibyte }]);
    await groups.scan();
    expect((await groups.scan())?.[0]?.usedBytes).toBe(100 * mebibyte);
  });

  test.each([
    ['Rss: 8 kB\nPss_Anon: 3 kB\nAnonymous: 4 kB\n', 0.75],
    ['Rss: 8 kB\nPss_Anon: 0 kB\nAnonymous: 0 kB\n', 1],
    ['Rss: 8 kB\nAnonymous: 4 kB\n', 1],
    ['Rss: 8 kB\nPss_Anon: 9 kB\nAnonymous: 4 kB\n', 1],
    ['', 1],
  ])('have of %j their own share', (rollup, ratio) => {
    expect(readOwnRatio(`[rollup]\n${rollup}`)).toBe(ratio);
  });

  test('have a share as this kernel writes it', () => {
    const ratio = readOwnRatio(readFileSync('/proc/self/smaps_rollup', 'utf8'));
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThanOrEqual(1);
  });

  test('are missed at the first look that does not find the main one, and only that one', async () => {
    const { host, groups } = start();
    showProcesses(host, [main, worker, { processId: 40, container: appContainer, startTicks: 9_000 }]);
    await groups.scan();
    await groups.scan();
    showProcesses(host, [main, worker]);
    await host.advance(1_000);
    expect((await groups.scan())?.[0]?.vanishedAt).toBeUndefined();
    showProcesses(host, [worker]);
    await host.advance(1_000);
    expect((await groups.scan())?.[0]?.vanishedAt).toBe(fakeEpoch + 2_000);
    await host.advance(1_000);
    expect((await groups.scan())?.[0]?.vanishedAt).toBe(fakeEpoch + 2_000);
  });

  test('are missed when the main one has ended and nobody takes note of it', async () => {
    const { host, groups } = start();
    showProcesses(host, [main]);
    await groups.scan();
    await groups.scan();
    showProcesses(host, [{ ...main, state: 'Z' }]);
    expect((await groups.scan())?.[0]).toMatchObject({ vanishedAt: fakeEpoch, zombies: 1 });
  });

  test('are missed when another process has got the id of the main one', async () => {
    const { host, groups } = start();
    showProcesses(host, [main]);
    await groups.scan();
    showProcesses(host, [{ ...main, startTicks: 5_000 }]);
    for (let look = 0; look < 40; look += 1) await groups.scan();
    expect((await groups.scan())?.[0]?.vanishedAt).toBe(fakeEpoch);
  });

  test('are not missed when what made the container is gone, and the main one is what it left', async () => {
    const { host, groups } = start();
    const runtime = { processId: 18, container: appContainer, startTicks: 990 };
    showProcesses(host, [runtime, { ...main, parentId: 18 }]);
    await groups.scan();
    showProcesses(host, [main]);
    expect((await groups.scan())?.[0]).toMatchObject({ vanishedAt: undefined, main: { processId: 20 } });
    await groups.scan();
    showProcesses(host, []);
    expect((await groups.scan())?.[0]?.vanishedAt).toBe(fakeEpoch);
  });

  test('are not missed for a look at /proc that failed, or a file that could not be read', async () => {
    const { host, groups } = start();
    showProcesses(host, [main]);
    await groups.scan();
    const { '/proc': names } = host.answers.folders;
    delete host.answers.folders['/proc'];
    expect(await groups.scan()).toBeUndefined();
    host.answers.folders['/proc'] = names ?? [];
    delete host.answers.files['/proc/20/status'];
    expect((await groups.scan())?.[0]?.vanishedAt).toBeUndefined();
  });

  test('of a container that began anew are another group with a main process of its own', async () => {
    const { host, groups } = start();
    showProcesses(host, [main]);
    await groups.scan();
    const next = 'e'.repeat(64);
    showProcesses(host, [{ processId: 50, container: next }]);
    const seen = await groups.scan();
    expect(seen?.find(({ containerId }) => containerId === next)).toMatchObject({
      vanishedAt: undefined,
      processes: 1,
    });
    expect(seen?.find(({ containerId }) => containerId === appContainer)).toMatchObject({ processes: 0 });
  });

  test('do not fill the memory of the agent, however often containers begin anew', async () => {
    const { host, groups } = start();
    for (let round = 0; round < 100; round += 1) {
      const container = round.toString(16).padStart(64, '0');
      showProcesses(host, [{ processId: 100 + round, container }]);
      await groups.scan();
    }
    const seen = await groups.scan();
    expect(seen?.length).toBeLessThanOrEqual(32);
    expect(seen?.find(({ processes }) => processes > 0)?.containerId).toBe((99).toString(16).padStart(64, '0'));
  });

  test('are looked at less often where there are many', async () => {
    const { host, groups } = start();
    const many = Array.from({ length: 200 }, (_, index) => ({
      ...main,
      processId: 20 + index,
      startTicks: 1_000 + index,
    }));
    showProcesses(host, many);
    const looks: boolean[] = [];
    for (let tick = 0; tick < 8; tick += 1) looks.push((await groups.scan()) !== undefined);
    expect(looks.filter(Boolean)).toHaveLength(2);
  });
});

test('the kernel’s own files are read', () => {
  const status = readFileSync('/proc/self/status', 'utf8');
  expect(readStatus(status)).toMatchObject({ ended: false });
  expect(readStatus(status).anonymousBytes).toBeGreaterThan(mebibyte);
  expect(readStatus(status).threads).toBeGreaterThan(0);
  expect(numberBehind(status, '\nPid:')).toBe(process.pid);
  expect(readStatus('')).toEqual({ ended: false, threads: 0, anonymousBytes: 0, sharedBytes: 0 });
});

test.each([
  ['cgroup v2, systemd', `0::/../cri-containerd-${appContainer}.scope`],
  ['cgroup v2, cgroupfs', `0::/../${appContainer}`],
  ['cgroup v1', `12:pids:/kubepods/burstable/pod1-2/${appContainer}\n1:name=systemd:/x`],
  ['a container in the container', `0::/../${appContainer}/docker/${agentContainer}`],
  ['a pod whose uid is hexadecimal', `0::/kubepods-pod${'1'.repeat(32)}.slice/crio-${appContainer}.scope`],
])('the id of a container is found by %s', (_what, text) => {
  expect(containerIdOf(`${text}\n`)).toBe(appContainer);
  expect(isInContainer(`${text}\n`, appContainer)).toBe(true);
});

test.each(['0::/', '0::/init.scope', '0::/user.slice/user-1000.slice/session-2.scope', ''])(
  '%j names no container',
  (text) => {
    expect(containerIdOf(text)).toBeUndefined();
  },
);
