import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import { incident, noon } from '#test/support/snapshots.ts';
import { forgettable, type RetentionLimits } from './retention-rule.ts';

const hour = 3_600_000;
const limits: RetentionLimits = { maximumAgeSeconds: 24 * 3600, maximumPerNamespace: 3 };
const surge = {
  target: { kind: 'Deployment', name: 'web', uid: 'web-uid' },
  from: 3,
  to: 4,
  until: microTime(noon),
} as const;

function ended(name: string, hoursAgo: number, more: Partial<IncidentStatus> = {}): Incident {
  const at = microTime(noon - hoursAgo * hour);
  const base = incident({ phase: 'Resolved', times: { detectedAt: at, resolvedAt: at }, ...more });
  return { ...base, metadata: { ...base.metadata, name } };
}

function names(incidents: readonly Incident[], exists = true): readonly string[] {
  return forgettable(incidents, limits, () => exists, noon).map(({ metadata }) => metadata.name);
}

const single: readonly [what: string, one: Incident, workloadExists: boolean, forgotten: boolean][] = [
  ['forgets a resolved one that is too old', ended('old', 25), true, true],
  ['keeps a resolved one that is not', ended('new', 23), true, false],
  ['keeps an escalated one whose workload is there', ended('asks', 25, { phase: 'Escalated' }), true, false],
  ['forgets an escalated one whose workload is gone', ended('asks', 25, { phase: 'Escalated' }), false, true],
  ['keeps an open one, however old', ended('open', 99, { phase: 'Held' }), false, false],
  ['keeps one with a surge that has not ended', ended('surge', 99, { surge }), true, false],
  [
    'forgets one with a surge that has ended',
    ended('surge', 99, { surge: { ...surge, ended: 'restored' } }),
    true,
    true,
  ],
  [
    'counts age from the last action and not from the start',
    ended('acted', 25, {
      actions: [
        {
          kinds: ['evict-pod'],
          handler: 'restart-pod',
          target: { kind: 'Pod', name: 'web-1', uid: 'pod-1' },
          intendedAt: microTime(noon - hour),
        },
      ],
    }),
    true,
    false,
  ],
];

test.each(single)('%s', (_what, one, exists, forgotten) => {
  expect(names([one], exists)).toHaveLength(forgotten ? 1 : 0);
});

test('keeps what has no status yet', () => {
  const { status: _none, ...bare } = ended('bare', 99);
  expect(names([bare])).toEqual([]);
});

test('forgets the oldest resolved ones beyond the maximum of a namespace, open ones counting as well', () => {
  const open = ended('open', 99, { phase: 'Verifying' });
  const all = [ended('c', 6), ended('a', 8), open, ended('b', 7), ended('d', 5)];
  expect(names(all)).toEqual(['a', 'b']);
});

test('forgets none that the limits are rebuilt from, except in a flood', () => {
  const young = (count: number): readonly Incident[] =>
    Array.from({ length: count }, (_one, index) => ended(`young-${index}`, 4 - index / 100));
  expect(names(young(12))).toEqual([]);
  expect(names(young(14))).toEqual(['young-0', 'young-1']);
});

test('counts each namespace by itself', () => {
  const one = [ended('a', 8), ended('b', 7)];
  const other = [ended('c', 6), ended('d', 5)].map((each) => ({
    ...each,
    metadata: { ...each.metadata, namespace: 'other' },
  }));
  expect(names([...one, ...other])).toEqual([]);
});

test('whatever there is, forgets only what is over and, out of a flood, only what nothing needs', () => {
  const phases = fc.constantFrom('Resolved', 'Escalated', 'Held', 'Acting', 'Ineffective' as const);
  const one = fc.tuple(phases, fc.integer({ min: 0, max: 100 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (made) => {
      const all = made.map(([phase, age, surged], index) =>
        ended(`${index}`, age, { phase: phase as IncidentStatus['phase'], ...(surged ? { surge } : {}) }),
      );
      for (const gone of forgettable(all, limits, () => true, noon)) {
        expect(gone.status?.phase).toBe('Resolved');
        expect(gone.status?.surge).toBeUndefined();
        expect(Date.parse(gone.status?.times.resolvedAt ?? '')).toBeLessThanOrEqual(noon - 4 * hour - 600_000);
      }
    }),
  );
});
