import { afterEach, expect, test } from 'vitest';
import { eventually } from '#test/support/loopback-api.ts';
import { systemClock } from '../clock.ts';
import { makeWorkQueue, type WorkFailure, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';

let queue: WorkQueue | undefined;

function start(handle: WorkQueueOptions['handle'], options: Partial<WorkQueueOptions> = {}): WorkQueue {
  queue = makeWorkQueue({
    handle,
    clock: systemClock,
    concurrency: 4,
    maximumKeys: 1_000,
    handleTimeoutMilliseconds: 5_000,
    onDropped: () => undefined,
    onFailure: () => undefined,
    ...options,
  });
  return queue;
}

afterEach(() => queue?.stop());

/** A promise that a test resolves by hand. */
function gate(): { open: () => void; passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), passed };
}

test('handles a key that is added many times while it waits only once', async () => {
  const handled: string[] = [];
  const work = start((key) => Promise.resolve(void handled.push(key)));
  for (let times = 0; times < 10; times += 1) work.add('a');
  work.add('b');
  await eventually('both keys handled', () => handled.length === 2);
  expect(handled).toEqual(['a', 'b']);
});

test('handles a key again, and never twice at one time, when it is added while it is handled', async () => {
  const first = gate();
  let runs = 0;
  let atOnce = 0;
  const work = start(async () => {
    runs += 1;
    atOnce += 1;
    expect(atOnce).toBe(1);
    if (runs === 1) await first.passed;
    atOnce -= 1;
  });
  work.add('a');
  await eventually('first run begun', () => runs === 1);
  work.add('a');
  work.add('a');
  first.open();
  await eventually('second run', () => runs === 2);
  expect(work.depth()).toBe(0);
});

test('goes on with other keys while one keeps throwing, and quarantines that one', async () => {
  const failures: WorkFailure[] = [];
  const handled: string[] = [];
  const work = start(
    (key) => {
      if (key === 'poisoned') return Promise.reject(new Error('a rule threw'));
      handled.push(key);
      return Promise.resolve();
    },
    { onFailure: (failure) => failures.push(failure) },
  );
  work.add('poisoned');
  await eventually('quarantine', () => failures.some((failure) => failure.quarantined));
  expect(work.quarantined()).toBe(1);
  work.add('poisoned');
  work.add('healthy');
  await eventually('healthy handled', () => handled.length === 1);
  expect(failures.map((failure) => failure.retryMilliseconds).slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
});

test('forgets the failures of a key that succeeds', async () => {
  const failures: number[] = [];
  let runs = 0;
  const work = start(
    () => {
      runs += 1;
      return runs % 2 === 1 ? Promise.reject(new Error('odd runs fail')) : Promise.resolve();
    },
    { onFailure: (failure) => failures.push(failure.failures) },
  );
  work.add('a');
  await eventually('first success', () => runs === 2);
  work.add('a');
  await eventually('second success', () => runs === 4);
  expect(failures).toEqual([1, 1]);
});

test('drops and reports keys over its bound', async () => {
  const hold = gate();
  const dropped: string[] = [];
  const work = start(() => hold.passed, { maximumKeys: 2, onDropped: (key) => dropped.push(key) });
  work.add('a');
  work.add('b');
  work.add('c');
  work.add('a');
  hold.open();
  expect(dropped).toEqual(['c']);
  await work.stop();
});

test('of several waits for a key the earliest counts', async () => {
  const handled: string[] = [];
  const work = start((key) => Promise.resolve(void handled.push(key)));
  work.addAfter('a', 60_000);
  work.addAfter('a', 10);
  work.addAfter('a', 60_000);
  await eventually('handled', () => handled.length === 1);
});

test('starts nothing new after it was stopped', async () => {
  const handled: string[] = [];
  const work = start((key) => Promise.resolve(void handled.push(key)));
  await work.stop();
  work.add('a');
  work.addAfter('b', 0);
  await work.stop();
  expect(handled).toEqual([]);
});
