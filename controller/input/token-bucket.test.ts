import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeTokenBuckets } from './token-bucket.ts';

test('allows a burst, then a steady rate', () => {
  const buckets = makeTokenBuckets({ perSecond: 2, burst: 3 }, 10);
  expect([0, 0, 0, 0, 400, 500, 500].map((now) => buckets.take('a', now))).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
});

test('limits each caller by itself', () => {
  const buckets = makeTokenBuckets({ perSecond: 1, burst: 1 }, 10);
  expect([buckets.take('a', 0), buckets.take('b', 0), buckets.take('a', 0)]).toEqual([true, true, false]);
});

test('never allows more than the burst and the rate together', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 300 }), { maxLength: 200 }), (gaps) => {
      const buckets = makeTokenBuckets({ perSecond: 5, burst: 4 }, 10);
      let now = 0;
      let taken = 0;
      for (const gap of gaps) {
        now += gap;
        if (buckets.take('a', now)) taken += 1;
      }
      expect(taken).toBeLessThanOrEqual(4 + (now / 1000) * 5 + 1e-6);
    }),
  );
});
