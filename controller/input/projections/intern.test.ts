import { expect, test } from 'vitest';
import { makeInterner } from './intern.ts';

test('gives equal labels one object, in whatever order they come', () => {
  const { labels } = makeInterner(100);
  expect(labels({ app: 'web', tier: 'front' })).toBe(labels({ tier: 'front', app: 'web' }));
  expect(labels({ app: 'web' })).not.toBe(labels({ app: 'api' }));
  expect(labels({})).toBe(labels({}));
});

test('does not take a text for a label of the same spelling', () => {
  const interner = makeInterner(100);
  expect(interner.text('app=web')).toBe('app=web');
  expect(interner.labels({ app: 'web' })).toEqual({ app: 'web' });
});

test('starts over at its limit instead of growing', () => {
  const { shared } = makeInterner(2);
  const first = shared('a', () => ({}));
  expect(shared('a', () => ({}))).toBe(first);
  shared('b', () => ({}));
  shared('c', () => ({}));
  expect(shared('a', () => ({}))).not.toBe(first);
});
