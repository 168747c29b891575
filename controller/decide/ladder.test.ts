import { expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import { at, intent, ladder, look, past, railContext, step } from '#test/support/deciding.ts';
import { failingPod, finding, incident, snapshot } from '#test/support/snapshots.ts';
import type { LadderStep } from '../model/policy.ts';
import { ladderOf } from './ladder.ts';

const acted = (secondsAgo: number, handler = 'restart-pod', result: 'done' | 'refused' | 'failed' = 'done') => {
  const times = { intendedAt: microTime(at(-secondsAgo)), sentAt: microTime(at(-secondsAgo)) };
  return past(secondsAgo, `${handler}-${secondsAgo}`, { actions: [intent({ handler, result, ...times })] });
};

function openOf(steps: readonly LadderStep[], incidents: ReturnType<typeof acted>[] = [], more: object = {}) {
  const seen = snapshot({ pods: [failingPod()], policies: [ladder(steps)], incidents });
  const { attempts, open } = ladderOf(railContext({ snapshot: seen, ...more }));
  return { attempts, open: open.map(({ index }) => index), waits: open.map(({ notBefore }) => notBefore) };
}

const two = [step('clear-cache', { maxAttempts: 1 }), step('restart-pod', { maxAttempts: 2 })];

test('leaves out a step whose attempts are used up', () => {
  expect(openOf(two)).toMatchObject({ attempts: 0, open: [0, 1] });
  expect(openOf(two, [acted(900, 'clear-cache')])).toMatchObject({ attempts: 1, open: [1] });
  expect(openOf(two, [acted(900), acted(600)])).toMatchObject({ attempts: 2, open: [0] });
  expect(openOf(two, [acted(900, 'clear-cache'), acted(600), acted(300)])).toMatchObject({ attempts: 3, open: [] });
});

test('fills the lower step first where a ladder names one remedy twice', () => {
  const twice = [step('restart-pod', { maxAttempts: 1 }), step('escalate'), step('restart-pod', { maxAttempts: 2 })];
  expect(openOf(twice, [acted(900)]).open).toEqual([1, 2]);
  expect(openOf(twice, [acted(900), acted(600)]).open).toEqual([1, 2]);
  expect(openOf(twice, [acted(900), acted(600), acted(300)]).open).toEqual([1]);
});

test('counts neither what was refused or failed nor what is over four hours old', () => {
  const none = [acted(900, 'restart-pod', 'refused'), acted(600, 'restart-pod', 'failed'), acted(4 * 3_600)];
  expect(openOf(two, none)).toMatchObject({ attempts: 0, open: [0, 1] });
});

test('does not count the intent that is judged again', () => {
  const pending = incident({ phase: 'Acting', actions: [intent()] });
  expect(openOf(two, [pending], { incident: pending })).toMatchObject({ attempts: 0 });
  expect(openOf(two, [pending])).toMatchObject({ attempts: 1 });
});

test('waits before a step from the detection, and from the last attempt after one', () => {
  const patient = [step('restart-pod', { waitSeconds: 300 })];
  const seen = incident({ times: { detectedAt: microTime(at(-60)) } });
  expect(openOf(patient, [seen], { incident: seen }).waits).toEqual([at(240)]);
  expect(openOf(patient, [acted(200), seen], { incident: seen }).waits).toEqual([at(100)]);
});

test('a step’s wait holds the ladder and says until when', () => {
  const seen = incident({ times: { detectedAt: microTime(at(-60)) } });
  const world = { policies: [ladder([step('restart-pod', { waitSeconds: 61 })])], incidents: [seen] };
  expect(look(world)).toMatchObject({
    actions: undefined,
    status: { phase: 'Deciding', reason: 'step-wait' },
    recheckAt: at(1),
  });
  const later = look(world, [finding({ evidenceAt: at(1) })], { now: at(1) });
  expect(later.actions).toMatchObject([{ kind: 'evict-pod' }]);
});

test('goes on at once where a step does not fit, and calls a person at the end', () => {
  const steps = [step('clear-cache'), step('restart-container'), step('escalate')];
  expect(look({ policies: [ladder(steps)] })).toMatchObject({ status: { phase: 'Escalated', reason: 'no-handler' } });
});

test('tells a person first why the step before was refused', () => {
  const keeping = failingPod({ localData: ['uploads'] });
  const policies = [ladder([step('restart-pod'), step('escalate')])];
  const { status } = look({ policies, pods: [keeping] }, [finding({ pod: keeping })]);
  expect(status).toMatchObject({ phase: 'Escalated', reason: 'local-data' });
});

test('an empty ladder only records', () => {
  expect(look({ policies: [ladder([])] }).status).toMatchObject({ phase: 'Held', reason: 'no-handler' });
});

test('calls a person when every step is used up', () => {
  const incidents = [acted(9_000, 'clear-cache'), acted(6_000), acted(3_000)];
  expect(look({ policies: [ladder(two)], incidents }).status).toMatchObject({
    phase: 'Escalated',
    reason: 'attempts-exhausted',
    policy: 'shop/ours',
  });
});
