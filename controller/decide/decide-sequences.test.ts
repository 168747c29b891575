import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureClasses, refusalReasons } from '#contract/vocabulary.ts';
import { policy } from '#test/support/deciding.ts';
import { simulate, type Fate, type Happening, type History, type Sent } from '#test/support/simulation.ts';
import { limits } from '#test/support/snapshots.ts';
import { cooldownSeconds } from './cooldown.ts';
import { defaultLadders } from './default-ladders.ts';

const workloads = 4;
const hour = 3_600_000;
/** So few that a short sequence meets them. */
const tight = { ...limits, actionsPerHour: 4 };

const workload = fc.nat({ max: workloads - 1 });
const failing: Arbitrary<Happening> = fc.record({
  what: fc.constant('fail'),
  workload,
  pods: fc.integer({ min: 1, max: 4 }),
  failureClass: fc.oneof(
    fc.constantFrom('CrashLoopBackOff', 'OOMKilled', 'AppHung'),
    fc.constantFrom(...failureClasses),
  ),
});
const waiting: Arbitrary<Happening> = fc.record({
  what: fc.constant('wait'),
  seconds: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 100, max: 900 })),
});
const restarting = fc.constant<Happening>({ what: 'restart' });
const curing: Arbitrary<Happening> = fc.record({ what: fc.constantFrom('recover', 'roll-out'), workload });
const forbidding: Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constant('pause'), by: fc.constantFrom(undefined, undefined, 'release', 'namespace', 'owner') }),
  fc.record({ what: fc.constant('mode'), mode: fc.constantFrom('enabled', 'enabled', 'observe', 'disabled') }),
  fc.record({ what: fc.constant('policy'), mode: fc.constantFrom(undefined, 'Act', 'Off', 'Observe', 'Approve') }),
  fc.record({ what: fc.constant('silence'), on: fc.boolean() }),
);

const happenings = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: failing },
    { weight: 5, arbitrary: waiting },
    { weight: 1, arbitrary: restarting },
    { weight: 1, arbitrary: curing },
    { weight: 1, arbitrary: forbidding },
  ),
  { minLength: 4, maxLength: 24 },
);
const fates = fc.array(
  fc.constantFrom<Fate>('cured', 'useless', 'useless', 'refused', 'failed', 'crash-before', 'crash-after'),
  { minLength: 1, maxLength: 8 },
);

const play = (what: readonly Happening[], how: readonly Fate[]): History =>
  simulate(what, how, { workloads, limits: tight, policy: (mode) => policy({ mode }), afterSeconds: 300 });

/** Plays many sequences, and sees to it that they are not all without an act. */
function always(holds: (history: History) => void): void {
  let acts = 0;
  fc.assert(
    fc.property(happenings, fates, (what, how) => {
      const history = play(what, how);
      acts += history.sent.length;
      holds(history);
    }),
    { numRuns: 40 },
  );
  expect(acts).toBeGreaterThan(40);
}

/** Acts that took place before another one, and count towards its limits. */
function before({ sent }: History, one: Sent, milliseconds: number): readonly Sent[] {
  return sent
    .slice(0, sent.indexOf(one))
    .filter(({ countsFrom, carriedOut }) => carriedOut && one.at - countsFrom < milliseconds);
}

describe('whatever happens in whatever order, with crashes and restarts between', () => {
  test('a namespace never gets more actions within an hour than its budget', () => {
    always((history) => {
      for (const one of history.sent) expect(before(history, one, hour).length).toBeLessThan(tight.actionsPerHour);
    });
  });

  test('an owner is never acted upon within its cool-down, and never twice at once', () => {
    always((history) => {
      expect(history.mostAtOnce).toBeLessThanOrEqual(1);
      for (const one of history.sent) {
        const earlier = before(history, one, 4 * hour).filter((other) => other.workload === one.workload);
        const wait = cooldownSeconds(tight.cooldownSeconds, tight.cooldownMaximumSeconds, earlier.length);
        const last = earlier.at(-1)?.countsFrom ?? Number.NEGATIVE_INFINITY;
        expect(one.at - last).toBeGreaterThanOrEqual(wait * 1000);
      }
    });
  });

  test('a template gets no more attempts of a remedy than its ladder names', () => {
    always((history) => {
      for (const one of history.sent) {
        const allowed = defaultLadders[one.failureClass]
          .filter(({ handler }) => handler === one.handler)
          .reduce((sum, { maxAttempts }) => sum + maxAttempts, 0);
        const made = before(history, one, 4 * hour).filter(
          (other) =>
            other.workload === one.workload && other.templateHash === one.templateHash && other.handler === one.handler,
        );
        expect(made.length).toBeLessThan(allowed);
      }
    });
  });

  test('nothing is done in observation, in a pause, under a policy that forbids it, or unasked', () => {
    always(({ sent }) => {
      for (const { mode, pausedBy, policyMode } of sent) {
        expect(mode).toBe('enabled');
        expect(pausedBy).toBeUndefined();
        expect([undefined, 'Act']).toContain(policyMode);
      }
    });
  });

  test('nothing is done on evidence that is older than a minute', () => {
    always(({ sent }) => {
      for (const { at, evidenceAt } of sent) expect(at - evidenceAt).toBeLessThanOrEqual(60_000);
    });
  });

  test('no intent is carried out twice, and no pod is evicted twice', () => {
    always(({ sent }) => {
      const done = sent.filter(({ carriedOut }) => carriedOut);
      const intents = done.map(({ workload: index, intendedAt, action }) => `${index}/${intendedAt}/${action.kind}`);
      const pods = done.flatMap(({ action }) => (action.kind === 'evict-pod' ? [action.podUid] : []));
      expect(new Set(intents).size).toBe(intents.length);
      expect(new Set(pods).size).toBe(pods.length);
    });
  });

  test('each refusal has a reason of the closed list', () => {
    const known = new Set<string | undefined>(Object.keys(refusalReasons));
    const refusing = new Set(['Held', 'Deciding', 'AwaitingApproval', 'Escalated', 'Ineffective']);
    always(({ stored }) => {
      const refusals = stored.filter(({ status, acting }) => !acting && refusing.has(status.phase));
      expect(refusals.filter(({ status }) => !known.has(status.reason))).toEqual([]);
      expect(stored.filter(({ status, acting }) => acting && status.reason !== undefined)).toEqual([]);
    });
  });

  test('the same input gives the same output, and a restart changes nothing', () => {
    fc.assert(
      fc.property(happenings, fates, (what, how) => {
        const quiet = what.map((one): Happening => (one.what === 'restart' ? { what: 'wait', seconds: 0 } : one));
        const plain = play(quiet, how);
        expect(play(quiet, how)).toEqual(plain);
        const acts = ({ sent, stored }: History): object => [sent, stored.map(({ at, status }) => [at, status.phase])];
        expect(acts(play(what, how))).toEqual(acts(plain));
      }),
      { numRuns: 10 },
    );
  });
});

describe('when many workloads fail at once and nothing helps', () => {
  const generous = { ...limits, actionsPerHour: 1000 };
  const wave = fc.integer({ min: 6, max: 14 }).chain((count) =>
    fc.array(fc.record({ seconds: fc.nat({ max: 2 }), restart: fc.boolean() }), {
      minLength: count,
      maxLength: count,
    }),
  );

  test('fewer are acted upon than open the breaker, and then one at a time', () => {
    fc.assert(
      fc.property(wave, (each) => {
        const what = each.flatMap(({ seconds, restart }, index): Happening[] => [
          { what: 'fail', workload: index, pods: 1, failureClass: 'CrashLoopBackOff' },
          { what: 'wait', seconds },
          ...(restart ? [{ what: 'restart' } as const] : []),
        ]);
        const { sent } = simulate(what, ['useless'], { workloads: each.length, limits: generous, afterSeconds: 1_500 });
        const started = sent[0]?.at ?? 0;
        const halfOpen = generous.breaker.halfOpenSeconds * 1000;
        const first = sent.filter(({ at }) => at < started + halfOpen);
        expect(first.length).toBeGreaterThan(0);
        expect(first.length).toBeLessThan(generous.breaker.workloadsAtLeast);
        const later = sent.slice(first.length);
        expect(later.length).toBeGreaterThan(0);
        const gaps = later.slice(1).map(({ at }, index) => at - (later[index]?.at ?? at));
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(halfOpen);
      }),
      { numRuns: 10 },
    );
  });
});
