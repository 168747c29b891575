import { expect, test } from 'vitest';
import { fakeEpoch, makeFakeHost } from './fake-host.ts';

test('time passes only when it is let, and timers fire in their order', async () => {
  const host = makeFakeHost({});
  const fired: string[] = [];
  host.after(20, () => fired.push('second'));
  host.after(10, () => fired.push('first'));
  host.after(20, () => fired.push('third'));
  host.after(30, () => fired.push('never'))();
  await host.advance(19);
  expect(fired).toEqual(['first']);
  await host.advance(100);
  expect(fired).toEqual(['first', 'second', 'third']);
  expect([host.now(), host.monotonic()]).toEqual([fakeEpoch + 119, 119]);
});

test('a timer that a timer sets fires within the same stretch of time', async () => {
  const host = makeFakeHost({});
  let fired = 0;
  host.after(10, () => void Promise.resolve().then(() => host.after(10, () => (fired = host.monotonic()))));
  await host.advance(20);
  expect(fired).toBe(20);
});

test('a missing file is a problem, not an exception', async () => {
  expect(await makeFakeHost({}).readFile('/none')).toEqual({ problem: 'no such file' });
});
