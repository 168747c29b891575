import { expect, test } from 'vitest';
import { bytesOf } from './quantity.ts';

const quantities: readonly [quantity: unknown, bytes: number | undefined][] = [
  ['128974848', 128_974_848],
  [1024, 1024],
  ['64Ki', 65_536],
  ['64Mi', 67_108_864],
  ['1.5Gi', 1_610_612_736],
  ['1Ti', 1_099_511_627_776],
  ['1k', 1000],
  ['129M', 129_000_000],
  ['2G', 2_000_000_000],
  ['1T', 1_000_000_000_000],
  ['128974848000m', 128_974_848],
  ['1500m', 2],
  ['1e3', 1000],
  ['12E2', 1200],
  ['5E', 5e18],
  ['.5Mi', 524_288],
  ['', undefined],
  ['much', undefined],
  ['-1', undefined],
  ['1MiB', undefined],
  [undefined, undefined],
];

test.each(quantities)('reads %j as %j bytes', (quantity, bytes) => {
  expect(bytesOf(quantity)).toBe(bytes);
});
