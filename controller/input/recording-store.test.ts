import { expect, test } from 'vitest';
import type { Recording } from '#contract/recording.ts';
import { noon } from '#test/support/snapshots.ts';
import { makeRecordingStore } from './recording-store.ts';

function recording(at: number): Recording {
  return { at: new Date(at).toISOString(), reason: 'probe', series: [] };
}

test('the newest recording of a pod is kept, and one that came late does not hide it', () => {
  const store = makeRecordingStore();
  store.take('pod-1', recording(noon), noon);
  store.take('pod-1', recording(noon - 60_000), noon - 60_000);
  expect(store.of('pod-1', noon, noon)).toEqual(recording(noon));
  expect(store.recordedAt('pod-1')).toBe(noon);
  expect(store.of('pod-2', noon, noon)).toBeUndefined();
});

test('a recording that ended long before a fault is not one of it', () => {
  const store = makeRecordingStore();
  store.take('pod-1', recording(noon), noon);
  expect(store.of('pod-1', noon + 119_000, noon + 119_000)).toBeDefined();
  expect(store.of('pod-1', noon + 121_000, noon + 121_000)).toBeUndefined();
});

test('a recording is forgotten after ten minutes, whoever asks or takes', () => {
  const store = makeRecordingStore();
  store.take('pod-1', recording(noon), noon);
  expect(store.of('pod-1', noon, noon + 600_001)).toBeUndefined();
  store.take('pod-1', recording(noon), noon);
  store.take('pod-2', recording(noon), noon + 600_001);
  expect(store.podCount).toBe(1);
});

test('of a storm the latest pods are kept', () => {
  const store = makeRecordingStore();
  for (let pod = 0; pod < 600; pod += 1) store.take(`pod-${pod}`, recording(noon), noon + pod);
  expect(store.podCount).toBe(500);
  expect(store.of('pod-0', noon, noon)).toBeUndefined();
  expect(store.of('pod-599', noon, noon)).toBeDefined();
});
