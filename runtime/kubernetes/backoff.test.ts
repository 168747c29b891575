import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMilliseconds, reflectorBackoff } from './backoff.ts';

test('doubles from its first wait to its longest', () => {
  const waits = [1, 2, 3, 10].map((failures) => backoffMilliseconds(reflectorBackoff, failures, 1));
  expect(waits).toEqual([800, 1_600, 3_200, 10_000]);
});

test('never waits less than half its step, more than its longest, or less than the server asked for', () => {
  const arguments_ = [
    fc.integer({ min: 1, max: 10_000 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.nat(120),
  ] as const;
  fc.assert(
    fc.property(...arguments_, (failures, random, retryAfterSeconds) => {
      const wait = backoffMilliseconds(reflectorBackoff, failures, random, retryAfterSeconds);
      expect(wait).toBeGreaterThanOrEqual(Math.max(400, retryAfterSeconds * 1000));
      expect(wait).toBeLessThanOrEqual(Math.max(10_000, retryAfterSeconds * 1000));
    }),
  );
});
