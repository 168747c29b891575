import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Incident } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import { actedIncident, incident, noon } from '#test/support/snapshots.ts';
import { makeIncidentStore } from './incident-store.ts';
import { makeRecentActivity } from './recent-activity.ts';

const hour = 3_600_000;

/** What {@link actedIncident} shows as done at a time. */
const acted = (at: number, helped?: boolean) => ({ at, namespace: 'shop', workloadUid: 'web-uid', helped });

const withEntry = (more: object): Incident => {
  const base = actedIncident(noon);
  const [entry] = base.status?.actions ?? [];
  return actedIncident(noon, { actions: entry ? [{ ...entry, ...more }] : [] });
};

test('tells what was detected and done, oldest first', () => {
  const activity = makeRecentActivity();
  activity.incidentChanged(undefined, actedIncident(noon, {}, 'later'), noon);
  activity.incidentChanged(undefined, actedIncident(noon - 5_000, {}, 'earlier'), noon);
  expect(activity.at(noon)).toEqual({
    detections: [
      { at: noon - 6_000, namespace: 'shop', workloadUid: 'web-uid', incidentUid: 'earlier' },
      { at: noon - 1_000, namespace: 'shop', workloadUid: 'web-uid', incidentUid: 'later' },
    ],
    actions: [acted(noon - 5_000), acted(noon)],
  });
});

const entries: readonly [name: string, entry: object, seen: readonly object[]][] = [
  ['one that was done', {}, [acted(noon)]],
  ['one that did not help', { helped: false }, [acted(noon, false)]],
  ['an intent whose end is not known', { result: undefined, sentAt: undefined }, [acted(noon - 10)]],
  ['one that was refused', { result: 'refused' }, []],
  ['one that failed', { result: 'failed' }, []],
];

test.each(entries)('counts of the actions %s', (_name, entry, seen) => {
  const activity = makeRecentActivity();
  activity.incidentChanged(undefined, withEntry(entry), noon);
  expect(activity.at(noon).actions).toEqual(seen);
});

test('replaces what an incident said before, and forgets one that is gone', () => {
  const activity = makeRecentActivity();
  const before = actedIncident(noon);
  const after = withEntry({ helped: true });
  activity.incidentChanged(undefined, before, noon);
  activity.incidentChanged(before, after, noon);
  expect(activity.at(noon).actions).toEqual([acted(noon, true)]);
  activity.incidentChanged(after, undefined, noon);
  expect(activity.at(noon)).toEqual({ detections: [], actions: [] });
});

test('goes back one hour', () => {
  const activity = makeRecentActivity();
  activity.incidentChanged(undefined, actedIncident(noon), noon);
  expect(activity.at(noon + hour).actions).toHaveLength(1);
  expect(activity.at(noon + hour + 1).actions).toEqual([]);
  activity.incidentChanged(undefined, actedIncident(noon), noon + hour + 1);
  expect(activity.at(noon + hour + 1).actions).toEqual([]);
});

test('counts a reserved action until it is released, and never beside the written one', () => {
  const activity = makeRecentActivity();
  const release = activity.reserve(acted(noon - 10));
  expect(activity.at(noon).actions).toEqual([acted(noon - 10)]);
  activity.incidentChanged(undefined, withEntry({ result: undefined, sentAt: undefined }), noon);
  expect(activity.at(noon).actions).toEqual([acted(noon - 10)]);
  release();
  release();
  expect(activity.at(noon).actions).toEqual([acted(noon - 10)]);
});

test('does not change what it has told before', () => {
  const activity = makeRecentActivity();
  const told = activity.at(noon);
  activity.incidentChanged(undefined, actedIncident(noon), noon);
  activity.reserve(acted(noon));
  expect(told).toEqual({ detections: [], actions: [] });
});

test('is always what a count of all incidents from the start would give', () => {
  const step = fc.record({
    uid: fc.integer({ min: 0, max: 4 }),
    at: fc.integer({ min: 0, max: 20 }),
    gone: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const activity = makeRecentActivity();
      const known = new Map<number, Incident>();
      for (const { uid, at, gone } of steps) {
        const next = gone ? undefined : actedIncident(noon + at, {}, `${uid}`);
        activity.incidentChanged(known.get(uid), next, noon);
        if (next) known.set(uid, next);
        else known.delete(uid);
      }
      const fresh = makeRecentActivity();
      for (const one of known.values()) fresh.incidentChanged(undefined, one, noon);
      const sorted = (at: typeof activity) =>
        at
          .at(noon)
          .detections.map((one) => `${one.at} ${one.incidentUid}`)
          .toSorted();
      expect(sorted(activity)).toEqual(sorted(fresh));
      expect(activity.at(noon).actions.map(({ at }) => at)).toEqual(fresh.at(noon).actions.map(({ at }) => at));
    }),
  );
});

test('answers at once among ten thousand incidents of which one changes each time', () => {
  const activity = makeRecentActivity();
  const store = makeIncidentStore((previous, current) => activity.incidentChanged(previous, current, noon));
  const named = (number: number, at: number, resourceVersion: string): Incident => {
    const base = actedIncident(at, { times: { detectedAt: microTime(at) } }, `uid-${number}`);
    const metadata = { ...base.metadata, name: `incident-${number}`, resourceVersion };
    return { ...base, metadata, spec: { ...base.spec, workload: { ...base.spec.workload, uid: `w-${number}` } } };
  };
  for (let number = 0; number < 10_000; number += 1) store.written(named(number, noon - number * 100, '1'));
  const began = performance.now();
  for (let number = 0; number < 1_000; number += 1) {
    store.written(named(number * 7, noon - number, '2'));
    expect(store.ofWorkload(`w-${number * 7}`)).toHaveLength(1);
    expect(activity.at(noon).actions).toHaveLength(10_000);
  }
  const milliseconds = performance.now() - began;
  expect(milliseconds).toBeLessThan(5_000);
});

test('knows which workloads of a namespace have an incident that is not over', () => {
  const store = makeIncidentStore();
  store.written(incident());
  expect([...store.troubledIn('shop')]).toEqual(['web-uid']);
  expect([...store.troubledIn('bank')]).toEqual([]);
  const base = incident({ phase: 'Resolved' });
  store.written({ ...base, metadata: { ...base.metadata, resourceVersion: '8' } });
  expect([...store.troubledIn('shop')]).toEqual([]);
});
