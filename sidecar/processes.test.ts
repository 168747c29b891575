import { describe, expect, test } from 'vitest';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { findMainProcess, isInContainer, readStat } from './processes.ts';

const app = 'a'.repeat(64);
const agent = 'b'.repeat(64);
const pause = 'c'.repeat(64);

function stat(processId: number, parentId: number, startTicks: number, state = 'S', name = 'node'): string {
  return `${processId} (${name}) ${state} ${parentId} ${'0 '.repeat(17)}${startTicks} 0 0\n`;
}

type Row = readonly [processId: number, parentId: number, startTicks: number, container: string, state?: string];

function hostWith(rows: readonly Row[]) {
  const host = makeFakeHost({});
  host.answers.folders['/proc'] = ['self', 'cpuinfo', ...rows.map(([id]) => String(id))];
  for (const [id, parent, start, container, state] of rows) {
    host.answers.files[`/proc/${id}/stat`] = stat(id, parent, start, state);
    host.answers.files[`/proc/${id}/cgroup`] = `0::/../cri-containerd-${container}.scope\n`;
  }
  host.answers.files['/proc/self/stat'] = stat(7, 0, 110);
  return host;
}

const usual: readonly Row[] = [
  [1, 0, 100, pause],
  [7, 0, 110, agent],
  [20, 0, 130, app],
  [21, 20, 131, app],
  [30, 0, 900, app],
  [31, 1, 140, app],
];

describe('the main process of a container', () => {
  test('is the first to have begun of those that came from outside', async () => {
    expect(await findMainProcess(hostWith(usual), app)).toMatchObject({ main: { processId: 20, startTicks: 130 } });
  });

  test('is none that has ended and waits for its parent', async () => {
    const rows: readonly Row[] = [
      [1, 0, 100, pause],
      [20, 0, 130, app, 'Z'],
    ];
    expect(await findMainProcess(hostWith(rows), app)).toEqual({ problem: 'no process of that container is there' });
  });

  test.each([
    ['the agent itself', agent],
    ['the holder of the pod’s namespace', pause],
  ])('is never looked for in %s', async (_what, id) => {
    expect(await findMainProcess(hostWith(usual), id)).toEqual({ problem: 'that container is not the app’s' });
  });

  test('of a container that is gone, or in a /proc that can not be read, is a problem', async () => {
    expect(await findMainProcess(hostWith(usual), 'd'.repeat(64))).toHaveProperty('problem');
    expect(await findMainProcess(makeFakeHost({}), app)).toEqual({ problem: '/proc: no such folder' });
  });
});

test.each([
  ['cgroup v2, systemd', `0::/../cri-containerd-${app}.scope`, true],
  ['cgroup v2, cgroupfs', `0::/../${app}`, true],
  ['cgroup v2, far away', `0::/../../pod12/${app}`, true],
  ['cgroup v2, a group of the app’s own', `0::/../${app}/workers`, true],
  ['cgroup v1', `12:pids:/kubepods/burstable/pod1-2/${app}\n1:name=systemd:/x`, true],
  ['cri-o', `0::/kubepods.slice/crio-${app}.scope`, true],
  ['a longer id', `0::/../${app}a`, false],
  ['an id in the middle', `0::/../x${app}`, false],
  ['another container', `0::/../${agent}`, false],
  ['its own root', '0::/', false],
])('%s tells whether a process is in the container', (_what, text, expected) => {
  expect(isInContainer(`${text}\n`, app)).toBe(expected);
});

test.each(['', '.*', '.'.repeat(64), `${app}|.*`])('%j is no container’s id', (id) => {
  expect(isInContainer(`0::/../${app}\n`, id)).toBe(false);
});

test('a process’s name may hold brackets and spaces, and nonsense is no process', () => {
  expect(readStat(stat(20, 1, 5, 'S', 'a) R 9 (b'))).toEqual({
    processId: 20,
    parentId: 1,
    startTicks: 5,
    ended: false,
  });
  expect(readStat('nonsense')).toBeUndefined();
});
