import { expect, test } from 'vitest';
import { makeRetryLimiter } from './rate-limiter.ts';

test('doubles the wait of an item from 5 ms to 1000 s', () => {
  const limiter = makeRetryLimiter();
  expect([1, 2, 3, 11, 18, 19, 500].map((failures) => limiter.delayMilliseconds(failures, 0))).toEqual([
    5, 10, 20, 5_120, 655_360, 1_000_000, 1_000_000,
  ]);
});

test('spreads retries over ten a second once the burst of a hundred is used up', () => {
  const limiter = makeRetryLimiter();
  for (let item = 0; item < 100; item += 1) expect(limiter.delayMilliseconds(1, 0)).toBe(5);
  expect(limiter.delayMilliseconds(1, 0)).toBe(100);
  expect(limiter.delayMilliseconds(1, 0)).toBe(200);
  expect(limiter.delayMilliseconds(1, 1_000)).toBe(5);
});
