import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { Host } from '../../host.ts';
import { restartContainer } from '../../restart-container.ts';
import { makeNodeHost } from './host.ts';

const containerId = '5e'.repeat(32);
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Real processes and signals; only the cgroups are told, since these here are in no container. */
function hostThatSees(...members: readonly (number | undefined)[]): Host {
  const host = makeNodeHost(process);
  return {
    ...host,
    listFolder: () => Promise.resolve({ names: members.map(String) }),
    readFile: (path, maximumBytes) =>
      path.endsWith('/cgroup')
        ? Promise.resolve({ text: `0::/../${containerId}\n` })
        : host.readFile(path, maximumBytes),
  };
}

async function start(script: string): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

const ignore = (): void => undefined;

const command = { id: 'a', kind: 'restart-container', container: 'cart', containerId, graceSeconds: 30 } as const;

test('a process that ends when it is asked to is ended by SIGTERM', async () => {
  const child = await start('echo up; exec sleep 60');
  const exit = once(child, 'exit');
  const signalled: string[] = [];
  const note = (id: string): void => void signalled.push(id);
  expect(await restartContainer(hostThatSees(child.pid), command, note)).toMatchObject({
    result: 'done',
    message: expect.stringMatching(/^ended by SIGTERM after \d+\.\d s$/) as unknown,
  });
  expect(await exit).toEqual([null, 'SIGTERM']);
  expect(signalled).toEqual([containerId]);
});

test('a process that does not hear is killed after the grace', async () => {
  const child = await start('trap "" TERM; echo up; while :; do sleep 0.2; done');
  const exit = once(child, 'exit');
  expect(await restartContainer(hostThatSees(child.pid), { ...command, graceSeconds: 1 }, ignore)).toMatchObject({
    result: 'done',
    message: expect.stringMatching(/^ended by SIGKILL after 1/) as unknown,
  });
  expect(await exit).toEqual([null, 'SIGKILL']);
});

test('a grace of 0 asks nobody', async () => {
  const child = await start('trap "" TERM; echo up; while :; do sleep 0.2; done');
  const exit = once(child, 'exit');
  expect(await restartContainer(hostThatSees(child.pid), { ...command, graceSeconds: 0 }, ignore)).toMatchObject({
    result: 'done',
  });
  expect(await exit).toEqual([null, 'SIGKILL']);
});

test('without the container’s id, or with nobody in it, nothing is done', async () => {
  const { containerId: _id, ...unnamed } = command;
  expect(await restartContainer(hostThatSees(), unnamed, ignore)).toMatchObject({ result: 'refused' });
  expect(await restartContainer(hostThatSees(), command, ignore)).toMatchObject({ result: 'refused' });
});

test('another user’s process is refused', async () => {
  const child = await start('echo up; exec sleep 60');
  const host: Host = { ...hostThatSees(child.pid), signal: () => 'refused' };
  const signalled: string[] = [];
  expect(await restartContainer(host, command, (id) => void signalled.push(id))).toEqual({
    result: 'refused',
    message: 'the process is another user’s',
  });
  expect(signalled).toEqual([]);
  expect(child.exitCode).toBeNull();
});
