import { expect, test } from 'vitest';
import { noon } from '#test/support/snapshots.ts';
import type { EventSnapshot } from '../model/snapshot.ts';
import { makeEventStore } from './event-store.ts';

const hour = 3_600_000;
const event = (more: Partial<EventSnapshot> = {}, subjectUid = 'pod-1') => ({
  subjectUid,
  event: { reason: 'FailedMount', message: 'no such volume', count: 1, firstAt: noon, lastAt: noon, ...more },
});

test('makes one of what repeats, and calls only more of it news', () => {
  const store = makeEventStore();
  expect(store.take(event(), noon)).toBe(true);
  expect(store.take(event(), noon)).toBe(false);
  expect(store.take(event({ count: 4, firstAt: noon + 1, lastAt: noon + 9_000 }), noon + 9_000)).toBe(true);
  expect(store.ofSubject('pod-1', noon + 9_000)).toEqual([
    { reason: 'FailedMount', message: 'no such volume', count: 4, firstAt: noon, lastAt: noon + 9_000 },
  ]);
});

test('keeps the last five of an object, oldest first', () => {
  const store = makeEventStore();
  for (let at = 0; at < 7; at += 1) store.take(event({ message: `${at}`, lastAt: noon + at }), noon);
  expect(store.ofSubject('pod-1', noon).map(({ message }) => message)).toEqual(['2', '3', '4', '5', '6']);
});

test('keeps nothing for longer than an hour', () => {
  const store = makeEventStore();
  store.take(event(), noon);
  expect(store.ofSubject('pod-1', noon + hour - 1)).toHaveLength(1);
  expect(store.ofSubject('pod-1', noon + hour)).toEqual([]);
  store.sweep(noon + hour);
  expect(store.subjectCount).toBe(0);
  expect(store.take(event(), noon + hour)).toBe(false);
});

test('lets go of the object that was silent longest when there are too many, and counts it', () => {
  const store = makeEventStore(2);
  store.take(event({}, 'one'), noon);
  store.take(event({}, 'two'), noon);
  store.take(event({ count: 2 }, 'one'), noon);
  store.take(event({}, 'three'), noon);
  expect(['one', 'two', 'three'].map((uid) => store.ofSubject(uid, noon).length)).toEqual([1, 0, 1]);
  expect(store.droppedCount).toBe(1);
});

test('forgets an object', () => {
  const store = makeEventStore();
  store.take(event(), noon);
  store.forget('pod-1');
  expect(store.subjectCount).toBe(0);
});
