import { expect, test } from 'vitest';
import { percentile } from './percentile.ts';

test('takes the value that so large a share does not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100]);
  expect(percentile([], 0.5)).toBeNaN();
});
