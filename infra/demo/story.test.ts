import { describe, expect, it } from 'vitest';
import { incidentStory, podStory, type DemoPod } from './story.ts';

const healthy: DemoPod = {
  name: 'checkout-1',
  uid: 'u1',
  workload: 'checkout',
  ready: true,
  deleting: false,
  injected: true,
  restartCount: 0,
  waitingReason: undefined,
  lastExit: undefined,
};

const texts = (previous: DemoPod | undefined, current: DemoPod | undefined): readonly string[] =>
  podStory(previous, current, 0).map(({ text }) => text);

describe('the story of a pod', () => {
  it('tells a restart with the exit that led to it', () => {
    const restarted = { ...healthy, restartCount: 1, lastExit: { exitCode: 137, reason: 'OOMKilled' } };
    expect(texts(healthy, restarted)).toEqual(['the app ended with 137 (OOMKilled); restart #1 in the same pod']);
  });

  it('tells a back-off once', () => {
    const waiting = { ...healthy, ready: false, waitingReason: 'CrashLoopBackOff' };
    expect(texts(healthy, waiting)).toEqual(['CrashLoopBackOff: now waits before it restarts the app again']);
    expect(texts(waiting, waiting)).toEqual([]);
  });

  it('tells that a pod came, became ready and left, and nothing once it is gone', () => {
    const starting = { ...healthy, ready: false };
    expect(texts(undefined, starting)).toEqual(['pod checkout-1 was created']);
    expect(texts(starting, healthy)).toEqual(['pod checkout-1 is ready']);
    expect(texts(healthy, { ...healthy, deleting: true })).toEqual(['pod checkout-1 is leaving']);
    expect(texts(healthy, undefined)).toEqual([]);
  });
});

describe('the story of an incident', () => {
  const timeline = [
    { at: '2026-01-01T00:00:01.500Z', phase: 'Detected', message: 'crash loop' },
    { at: '2026-01-01T00:00:01.700Z', phase: 'Acting', message: 'evict the pod' },
  ] as const;

  it('tells only what is new, at the time at which it happened', () => {
    expect(incidentStory(timeline, 1)).toEqual([
      { at: Date.parse('2026-01-01T00:00:01.700Z'), teller: 'decided', text: 'evict the pod' },
    ]);
    expect(incidentStory(timeline, 2)).toEqual([]);
  });
});
