import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import { at, look, past } from '#test/support/deciding.ts';
import { failingPod, finding, incident, limits, pod } from '#test/support/snapshots.ts';
import { breakerState, type BreakerScope } from './breaker.ts';

const { breaker } = limits;
const window = breaker.windowSeconds;
const cool = breaker.halfOpenSeconds;

const detection = (seconds: number, workload: number | string) => ({ at: at(seconds), workloadUid: `w-${workload}` });
const action = (seconds: number, helped?: boolean, workload: number | string = 'x') => ({
  at: at(seconds),
  namespace: 'shop',
  workloadUid: `w-${workload}`,
  helped,
});
/** Five workloads that fail a second after each other; the last one trips. */
const storm = [0, 1, 2, 3, 4].map((index) => detection(index, index));

function stateAt(seconds: number, more: Partial<BreakerScope> = {}) {
  const scope = {
    detections: storm,
    actions: [],
    workloads: 10,
    percentage: 30,
    workloadsAtLeast: 5,
    resetAt: undefined,
    ...more,
  };
  return breakerState(scope, breaker, at(seconds));
}

describe('a breaker trips', () => {
  test('at a number of workloads within its window', () => {
    expect(stateAt(3)).toEqual({ state: 'closed' });
    expect(stateAt(4)).toEqual({ state: 'open', until: at(4 + cool), failing: 5 });
  });

  test('only at the share as well', () => {
    expect(stateAt(4, { workloads: 16 })).toMatchObject({ state: 'open' });
    expect(stateAt(4, { workloads: 17 })).toEqual({ state: 'closed' });
  });

  test('not at one workload that fails often', () => {
    expect(stateAt(60, { detections: [0, 1, 2, 3, 4, 5].map((index) => detection(index, 'same')) })).toEqual({
      state: 'closed',
    });
  });

  test('not at many that fail one after the other, slower than its window', () => {
    const slow = (gap: number) => [0, 1, 2, 3, 4].map((index) => detection(index * gap, index));
    expect(stateAt(200, { detections: slow(window / 4) })).toEqual({ state: 'closed' });
    expect(stateAt(200, { detections: slow(window / 4 - 1) })).toMatchObject({ state: 'open' });
  });

  test('not at what happened before a person reset it', () => {
    expect(stateAt(4, { resetAt: at(0) })).toEqual({ state: 'closed' });
    expect(stateAt(4, { resetAt: at(-1) })).toMatchObject({ state: 'open' });
  });

  test('counts who acts and whose incident is still being written', () => {
    expect(stateAt(4, { detections: storm.slice(1), actions: [action(0)] })).toMatchObject({ state: 'open' });
  });
});

describe('after its cool-down', () => {
  const half = 4 + cool;

  test('it lets one action through', () => {
    expect(stateAt(half - 1)).toMatchObject({ state: 'open' });
    expect(stateAt(half)).toEqual({ state: 'half-open' });
    expect(stateAt(half + 1, { actions: [action(half)] })).toMatchObject({ state: 'open', until: at(half + 31) });
  });

  test('a trial that helped closes it, and what follows is no trial', () => {
    const helped = [action(half, true)];
    expect(stateAt(half + 60, { actions: helped })).toEqual({ state: 'closed' });
    expect(stateAt(half + 200, { actions: [...helped, action(half + 150, undefined, 'y')] })).toEqual({
      state: 'closed',
    });
    expect(stateAt(half + 200, { actions: [...helped, action(half + 150, false, 'y')] })).toEqual({ state: 'closed' });
  });

  test('a trial that did not help keeps it open for as long again', () => {
    const failed = { actions: [action(half, false)] };
    expect(stateAt(half + cool - 1, failed)).toMatchObject({ state: 'open', until: at(half + cool) });
    expect(stateAt(half + cool, failed)).toEqual({ state: 'half-open' });
  });

  test('it trips anew when many fail again, also after a trial that helped', () => {
    const again = storm.map((one) => ({ ...one, at: one.at + (half + 60) * 1000 }));
    const more = { detections: [...storm, ...again], actions: [action(half, true)] };
    expect(stateAt(half + 65, more)).toMatchObject({ state: 'open', until: at(half + 64 + cool) });
  });
});

test('the state follows from what happened alone, not from when it was asked before', () => {
  const anyDetection = fc.record({ seconds: fc.nat({ max: 900 }), workload: fc.nat({ max: 8 }) });
  fc.assert(
    fc.property(fc.array(anyDetection, { maxLength: 30 }), fc.nat({ max: 900 }), (all, now) => {
      const detections = all
        .map(({ seconds, workload }) => detection(seconds, workload))
        .toSorted((one, other) => one.at - other.at);
      const later = detections.filter((one) => one.at <= at(now));
      expect(stateAt(now, { detections })).toEqual(stateAt(now, { detections: later }));
    }),
  );
});

describe('a workload’s own breaker', () => {
  const pods = Array.from({ length: 4 }, (_none, index) => failingPod({ uid: `pod-${index}`, name: `web-${index}` }));
  const findings = (count: number, seconds: number) =>
    pods.slice(0, count).map((one) => finding({ pod: one, evidenceAt: at(seconds) }));
  const held = (message: string) =>
    incident({
      pod: { name: 'web-0', uid: 'pod-0' },
      timeline: [{ at: microTime(at(0)), phase: 'Held', reason: 'breaker-open', message }],
    });
  const said = look({ pods }, findings(4, 0)).status?.message ?? '';
  const later = (seconds: number, count: number, message = said, others = [past(9_000, 'old')]) => {
    const now = pods.map((one, index) => (index < count ? one : pod({ uid: one.uid, name: one.name })));
    return look({ pods: now, incidents: [...others, held(message)] }, findings(count, seconds), { now: at(seconds) });
  };

  test('stays open until fewer than half of what opened it fail', () => {
    expect(later(10, 2).status).toMatchObject({ reason: 'breaker-open', breaker: 'workload' });
    expect(later(10, 1).actions).toHaveLength(1);
  });

  test('lets one action through after its cool-down, and is open again after it', () => {
    expect(later(cool - 1, 4).actions).toBeUndefined();
    expect(later(cool, 4).actions).toHaveLength(1);
    const tried = past(-cool, 'tried');
    expect(later(cool + 121, 4, said, [tried]).status).toMatchObject({ reason: 'breaker-open' });
  });

  test('is not opened by what a breaker of the namespace held', () => {
    expect(later(10, 2, 'The breaker of namespace shop is open.').actions).toHaveLength(1);
  });
});
