import { expect, test } from 'vitest';
import { makeInterner } from './intern.ts';

test('gives equal labels one object, in whatever order they come', () => {
  const interner = makeInterner(100);
  expect(interner.labels({ app: 'web', tier: 'front' })).toBe(interner.labels({ tier: 'front', app: 'web' }));
  expect(interner.labels({ app: 'web' })).not.toBe(interner.labels({ app: 'api' }));
  expect(interner.labels({})).toBe(interner.labels({}));
});

test('does not take a text for a label of the same spelling', () => {
  const interner = makeInterner(100);
  expect(interner.text('app=web')).toBe('app=web');
  expect(interner.labels({ app: 'web' })).toEqual({ app: 'web' });
});

test('starts over at its limit instead of growing', () => {
  const interner = makeInterner(2);
  const first = interner.shared('a', () => ({}));
  expect(interner.shared('a', () => ({}))).toBe(first);
  interner.shared('b', () => ({}));
  interner.shared('c', () => ({}));
  expect(interner.shared('a', () => ({}))).not.toBe(first);
});
