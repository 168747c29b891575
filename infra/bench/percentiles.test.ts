import { expect, test } from 'vitest';
import { percentile } from './percentiles.ts';

test('takes the nearest rank, whatever the order', () => {
  const values = [5, 1, 4, 2, 3];
  expect([percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1)]).toEqual([3, 5, 5]);
});

test('has no percentile of nothing', () => {
  expect(percentile([], 0.5)).toBeUndefined();
});
