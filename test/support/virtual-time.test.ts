import { expect, test } from 'vitest';
import { makeVirtualTime } from './virtual-time.ts';

test('wakes sleepers in the order in which they fall due, at their time', async () => {
  const time = makeVirtualTime();
  const process = time.process();
  const began = time.now();
  const woken: [string, number][] = [];
  const nap = async (name: string, milliseconds: number): Promise<void> => {
    await process.sleep(milliseconds);
    woken.push([name, time.now() - began]);
  };
  void nap('late', 50);
  void nap('early', 10);
  void nap('never', 101);
  await time.advance(100);
  expect(woken).toEqual([
    ['early', 10],
    ['late', 50],
  ]);
});

test('wakes a stopped process when it goes on, and others meanwhile', async () => {
  const time = makeVirtualTime();
  const [stopped, other] = [time.process(), time.process()];
  const began = time.now();
  const woken: number[] = [];
  stopped.pause(80);
  void stopped.sleep(10).then(() => woken.push(time.now() - began));
  void other.sleep(20).then(() => woken.push(time.now() - began));
  await time.advance(100);
  expect(woken).toEqual([20, 80]);
});

test('ends a sleep when its signal fires', async () => {
  const stopping = new AbortController();
  const sleep = makeVirtualTime().process().sleep(10, stopping.signal);
  stopping.abort();
  await expect(sleep).rejects.toMatchObject({ name: 'AbortError' });
});
