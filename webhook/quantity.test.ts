import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuantity } from '#contract/quantity.ts';
import { sameQuantity } from './quantity.ts';

describe('parseQuantity', () => {
  test.each([
    ['1', 1],
    [2, 2],
    ['250m', 0.25],
    ['64Mi', 67_108_864],
    ['1e3', 1000],
    ['1.5Gi', 1_610_612_736],
    ['.5', 0.5],
    ['2k', 2000],
  ])('reads %j as %d', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 9);
  });

  test.each(['', '-1', 'Mi', '1 Gi', '1MiB', 'e3', null, undefined, {}, Number.NaN])('reads %j as none', (value) => {
    expect(parseQuantity(value)).toBeUndefined();
  });

  test('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.anything(), (value) => (parseQuantity(value) ?? 0) >= 0));
  });
});

describe('sameQuantity', () => {
  test.each([
    ['1', '1000m', true],
    ['0.1', '100m', true],
    ['1Gi', '1024Mi', true],
    ['1Gi', '1G', false],
    ['1', undefined, false],
  ])('compares %s and %s as %s', (left, right, same) => {
    expect(sameQuantity(left, right)).toBe(same);
  });
});
