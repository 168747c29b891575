import { expect, test } from 'vitest';
import { makeSignal } from './signal.ts';

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
