import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { listFolder } from './list-folder.ts';
import { makeSignal } from './signal.ts';

const signal = makeSignal(process);

test('a process gets the signal, and one that is gone is told as gone', async () => {
  const child = spawn('sleep', ['60']);
  const { pid = 0 } = child;
  expect((await listFolder('/proc', 100_000)) as { names: string[] }).toMatchObject({
    names: expect.arrayContaining([String(pid), 'self']) as unknown,
  });
  expect(signal(pid, 'SIGTERM')).toBe('sent');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  expect(signal(pid, 'SIGKILL')).toBe('gone');
});

test.each([0, 1, -1, 1.5, Number.NaN, process.pid])('%d is nobody whom an agent may signal', (processId) => {
  const killed: number[] = [];
  const kill = (pid: number): true => {
    killed.push(pid);
    return true;
  };
  const never = makeSignal({ pid: process.pid, kill });
  expect([never(processId, 'SIGKILL'), killed]).toEqual(['refused', []]);
});

test('another user’s process is refused', () => {
  const denied = makeSignal({
    pid: 1,
    kill: () => {
      throw Object.assign(new TypeError('no'), { code: 'EPERM' });
    },
  });
  expect(denied(4711, 'SIGTERM')).toBe('refused');
});

test('a folder with more entries than the bound, or none at all, is a problem', async () => {
  expect(await listFolder('/proc', 3)).toEqual({ problem: 'more than 3 entries' });
  expect(await listFolder('/nowhere', 3)).toHaveProperty('problem');
});
