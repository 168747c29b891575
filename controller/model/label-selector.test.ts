import { expect, test } from 'vitest';
import type { LabelSelector } from './policy.ts';
import { selects } from './label-selector.ts';

const labels = { app: 'web', tier: 'front' };
const expression = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

const selectors: readonly [selector: LabelSelector, meets: boolean][] = [
  [{}, true],
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'web', tier: 'back' } }, false],
  [expression('app', 'In', 'api', 'web'), true],
  [expression('app', 'In', 'api'), false],
  [expression('missing', 'In', 'api'), false],
  [expression('app', 'NotIn', 'web'), false],
  [expression('missing', 'NotIn', 'web'), true],
  [expression('app', 'Exists'), true],
  [expression('missing', 'Exists'), false],
  [expression('app', 'DoesNotExist'), false],
  [expression('missing', 'DoesNotExist'), true],
  [{ matchLabels: { app: 'web' }, ...expression('tier', 'In', 'back') }, false],
];

test.each(selectors)('reads %j', (selector, meets) => {
  expect(selects(selector, labels)).toBe(meets);
});
