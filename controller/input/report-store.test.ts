import { expect, test } from 'vitest';
import type { Report } from '#contract/report.ts';
import { makeReportStore } from './report-store.ts';

const now = Date.UTC(2026, 0, 1, 12);
const iso = (at: number): string => new Date(at).toISOString();
const probe = {
  container: 'app',
  probe: 'liveness',
  state: 'succeeding',
  consecutiveFailures: 0,
  periodSeconds: 1,
  timeoutSeconds: 1,
  failureThreshold: 3,
} as const;

function report(sequence: number, more: Partial<Report> = {}): Report {
  return {
    version: 1,
    pod: { namespace: 'shop', name: 'web-1', uid: 'pod-1' },
    agent: { version: '1', startedAt: iso(now - 60_000), sequence },
    sentAt: iso(now),
    probes: [probe],
    ...more,
  };
}

const failing = {
  ...probe,
  state: 'failing',
  failingSince: iso(now - 7_000),
  lastSuccessAt: iso(now - 8_000),
} as const;

test('tells news from a heartbeat', () => {
  const store = makeReportStore();
  expect(store.take(report(1), now)).toBe('heartbeat');
  expect(store.take(report(2, { probes: [failing] }), now)).toBe('news');
  expect(store.take(report(3), now)).toBe('news');
  expect(store.take(report(4), now)).toBe('heartbeat');
});

test('does not let a late report overwrite a newer one, but takes a restarted agent', () => {
  const store = makeReportStore();
  store.take(report(5), now);
  expect(store.take(report(4, { probes: [failing] }), now)).toBe('stale');
  expect(store.agentOf('pod-1')?.probes[0]?.state).toBe('succeeding');
  expect(store.take(report(1, { agent: { version: '1', startedAt: iso(now), sequence: 1 } }), now)).toBe('heartbeat');
});

test('measures a failure by the durations of the node’s clock, however wrong that clock is', () => {
  const store = makeReportStore();
  const skew = 3_600_000;
  store.take(
    report(1, { sentAt: iso(now + skew), probes: [{ ...failing, failingSince: iso(now + skew - 7_000) }] }),
    now,
  );
  expect(store.agentOf('pod-1')?.probes[0]).toMatchObject({ failingSince: now - 7_000, receivedAt: now });
});

test('leaves startup probes to the kubelet', () => {
  const store = makeReportStore();
  store.take(report(1, { probes: [{ ...failing, probe: 'startup' }] }), now);
  expect(store.agentOf('pod-1')?.probes).toEqual([]);
});

const forecast = { container: 'app', usedBytes: 90, limitBytes: 100, secondsLeft: 60, confidence: 0.9 };

test('takes a forecast and a vanished process for news, and their end as well', () => {
  const store = makeReportStore();
  expect(store.take(report(1, { memory: [forecast] }), now)).toBe('news');
  expect(store.take(report(2), now)).toBe('news');
  expect(store.take(report(3, { vanished: [{ container: 'app', at: iso(now) }] }), now)).toBe('news');
  expect(store.take(report(4), now)).toBe('news');
  expect(store.take(report(5, { powers: ['clear-cache'] }), now)).toBe('heartbeat');
});

test('keeps what an agent can do, foresees and misses, in times of this clock', () => {
  const store = makeReportStore();
  const skew = -60_000;
  const vanished = [{ container: 'app', at: iso(now + skew - 500) }];
  store.take(report(1, { sentAt: iso(now + skew), powers: ['restart-container'], memory: [forecast], vanished }), now);
  expect(store.agentOf('pod-1')).toMatchObject({
    receivedAt: now,
    powers: ['restart-container'],
    forecasts: [{ ...forecast, receivedAt: now }],
    vanished: [{ container: 'app', at: now - 500, receivedAt: now }],
  });
});

test('takes what waited while the controller was away for as old as it is', () => {
  const store = makeReportStore();
  const vanished = [{ container: 'app', at: iso(now - 60_500) }];
  store.take(report(1, { sentAt: iso(now - 60_000), waitedSeconds: 60, probes: [failing], vanished }), now);
  expect(store.agentOf('pod-1')).toMatchObject({
    receivedAt: now - 60_000,
    probes: [{ receivedAt: now - 60_000, failingSince: now - 7_000 }],
    vanished: [{ at: now - 60_500, receivedAt: now - 60_000 }],
  });
});

test('forgets a pod', () => {
  const store = makeReportStore();
  store.take(report(1), now);
  store.forget('pod-1');
  expect(store.podCount).toBe(0);
});

test('an agent counts as silent when three heartbeats have not come, until it is heard again', () => {
  const store = makeReportStore();
  store.take(report(1), now);
  expect([store.silentCount(now + 20_000), store.silentCount(now + 20_001)]).toEqual([0, 1]);
  store.take(report(2), now + 30_000);
  expect(store.silentCount(now + 30_001)).toBe(0);
});
