import { expect, test } from 'vitest';
import { handlerNames } from '#contract/vocabulary.ts';
import { handlers } from './index.ts';

test('has a handler for every name that a policy may use', () => {
  expect(handlers.map(({ name }) => name).toSorted()).toEqual([...handlerNames].toSorted());
});

test.each(handlers.map((handler) => [handler.name, handler] as const))(
  '%s has defaults within its own bounds',
  (_name, { settings }) => {
    for (const [name, property] of Object.entries(settings.properties)) {
      const { default: value, minimum = -Infinity, maximum = Infinity } = property;
      expect([name, typeof value]).toEqual([name, property.type === 'integer' ? 'number' : property.type]);
      if (typeof value !== 'number') continue;
      expect(value).toBeGreaterThanOrEqual(minimum);
      expect(value).toBeLessThanOrEqual(maximum);
    }
  },
);
