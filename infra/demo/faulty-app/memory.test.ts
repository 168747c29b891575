import { expect, test } from 'vitest';
import { wantedMib } from './memory.ts';

test.each([
  ['leak', [0, 10, 300, 1_000]],
  ['saw-tooth', [0, 10, 44, 232]],
  ['warm-up', [0, 10, 177, 251]],
  ['steady', [0, 0, 0, 0]],
] as const)('a %s goes its way', (shape, expected) => {
  expect([0, 1, 30, 100].map((seconds) => Math.round(wantedMib(shape, 10, seconds)))).toEqual(expected);
});
