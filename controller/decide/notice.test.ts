import { expect, test } from 'vitest';
import type { IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import { actedIncident, incident, limits, noon } from '#test/support/snapshots.ts';
import { makeNotice, noticeKind } from './notice.ts';

const status = (phase: IncidentStatus['phase']): IncidentStatus => incident({ phase }).status as IncidentStatus;

const changes: readonly [
  from: IncidentStatus['phase'] | undefined,
  to: IncidentStatus['phase'],
  kind: string | undefined,
][] = [
  [undefined, 'Acting', 'opened'],
  [undefined, 'Escalated', 'opened'],
  ['Acting', 'Verifying', undefined],
  ['Verifying', 'Ineffective', undefined],
  ['Held', 'Acting', undefined],
  ['Verifying', 'Resolved', 'result'],
  ['Ineffective', 'Escalated', 'result'],
  ['Escalated', 'Escalated', undefined],
  ['Escalated', 'Resolved', 'result'],
];

test.each(changes)('from %s to %s tells people: %s', (from, to, kind) => {
  expect(noticeKind(from && status(from), status(to))).toBe(kind);
});

test('says what, why, what was done, result, times, what is left, how to undo and how to look, in that order', () => {
  const resolved = actedIncident(noon, {
    phase: 'Resolved',
    message: 'Healthy for 20 s after one replacement.',
    times: {
      faultAt: microTime(noon - 1_200),
      detectedAt: microTime(noon - 200),
      actedAt: microTime(noon),
      healthyAt: microTime(noon + 3_000),
      resolvedAt: microTime(noon + 23_000),
    },
  });
  const { lines } = makeNotice(resolved, resolved.status as IncidentStatus, 'result', 'prod', limits, noon);
  expect(lines.map(({ title }) => title)).toEqual(['What', 'Why', 'Done', 'Result', 'Times', 'Left', 'Undo', 'Look']);
  expect(Object.fromEntries(lines.map(({ title, text }) => [title, text]))).toMatchObject({
    What: 'Deployment shop/web in cluster prod',
    Done: 'restart-pod: evict-pod of web-abc-1 (done)',
    Result: 'Resolved: Healthy for 20 s after one replacement.',
    Times: 'fault 2026-01-01T11:59:58.800000Z, seen +1.0 s, acted +1.2 s, healthy +4.2 s, resolved +24.2 s',
    Left: '2 of 3 attempts',
    Look: 'kubectl -n shop describe incidents.infra-autopilot.io web-crash',
  });
});

test('says in observe mode what would have been done', () => {
  const observed = incident({ reason: 'observe-mode', message: 'Would evict pod web-abc-1.' });
  const { lines } = makeNotice(observed, observed.status as IncidentStatus, 'opened', '', limits, noon);
  expect(lines.find(({ title }) => title === 'Done')?.text).toBe('Would evict pod web-abc-1.');
});
