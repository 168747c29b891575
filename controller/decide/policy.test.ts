import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, ladder, policy, step } from '#test/support/deciding.ts';
import { limits, pod, snapshot } from '#test/support/snapshots.ts';
import type { LabelSelector, PolicySnapshot } from '../model/policy.ts';
import { defaultLadders } from './default-ladders.ts';
import { effectivePolicy, selectableLabels, selectPolicy } from './policy.ts';
import { requirementsOf, selects } from '../model/label-selector.ts';

const labels = { app: 'web', tier: 'front' };
const winnerOf = (policies: readonly PolicySnapshot[]) => selectPolicy(policies, 'shop', labels).winner?.name;
const cluster = { scope: 'cluster', namespace: '' } as const;
const app = { matchLabels: { app: 'web' } };
const both = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] } as const;

const contests: readonly [what: string, winner: PolicySnapshot, loser: PolicySnapshot][] = [
  [
    'a namespace’s own before a cluster’s, however much that asks for',
    policy({ name: 'own' }),
    policy({ name: 'all', ...cluster, selector: both, createdAt: 0 }),
  ],
  [
    'what asks for more before what asks for less',
    policy({ name: 'more', selector: both }),
    policy({ name: 'less', selector: app, createdAt: 0 }),
  ],
  [
    'the older of two equal ones',
    policy({ name: 'z-old', createdAt: at(-2) }),
    policy({ name: 'a-new', createdAt: at(-1) }),
  ],
  ['the first by name of two of one second', policy({ name: 'a' }), policy({ name: 'b' })],
];

test.each(contests)('takes %s', (_what, winner, loser) => {
  for (const policies of [
    [winner, loser],
    [loser, winner],
  ]) {
    expect(selectPolicy(policies, 'shop', labels)).toEqual({ winner, overridden: [loser] });
  }
});

test('ignores the policy of another namespace, whatever its selector says', () => {
  expect(winnerOf([policy({ namespace: 'other', selector: {} })])).toBeUndefined();
  expect(winnerOf([policy({ ...cluster, name: 'all' })])).toBe('all');
});

test('ignores a policy whose selector does not match', () => {
  expect(winnerOf([policy({ selector: { matchLabels: { app: 'db' } } })])).toBeUndefined();
});

test('takes the same one in whatever order they come', () => {
  const some = fc.record({
    scope: fc.constantFrom('namespace', 'cluster'),
    namespace: fc.constantFrom('shop', 'other'),
    selector: fc.constantFrom<LabelSelector>({}, app, both, { matchLabels: { app: 'db' } }),
    createdAt: fc.nat({ max: 2 }),
  });
  const named = fc
    .array(some, { maxLength: 6 })
    .map((all) => all.map((one, index) => policy({ ...one, name: `p${index}` })));
  const shuffled = named.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(shuffled, ([all, other]) => {
      expect(selectPolicy(other, 'shop', labels)).toEqual(selectPolicy(all, 'shop', labels));
    }),
  );
});

const selectors: readonly [selector: LabelSelector, holds: boolean][] = [
  [{}, true],
  [{ matchLabels: {} }, true],
  [app, true],
  [{ matchLabels: { app: 'db' } }, false],
  [{ matchLabels: { app: 'web', none: '' } }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'web'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['db'] }] }, false],
  [{ matchExpressions: [{ key: 'none', operator: 'In', values: [''] }] }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['db'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
  [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['web'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'none', operator: 'Exists' }] }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
  [{ matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] }, true],
  [{ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, false],
  [{ ...app, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
];

test.each(selectors)('of the labels app and tier %j holds: %s', (selector, holds) => {
  expect(selects(selector, labels)).toBe(holds);
});

test('counts each requirement of a selector', () => {
  expect([{}, app, both].map(requirementsOf)).toEqual([0, 1, 2]);
});

test('selects by the labels of a pod that stays', () => {
  const pods = [pod({ terminating: true, labels: { app: 'old' } }), pod({ labels })];
  expect(selectableLabels(snapshot({ pods }))).toEqual(labels);
});

describe('what holds for a workload', () => {
  const effective = (policies: readonly PolicySnapshot[], operator = limits) =>
    effectivePolicy(snapshot({ policies }), operator);

  test('is the operator’s where no policy speaks, and drift is never among it', () => {
    expect(effective([], { ...limits, driftAllowed: true })).toMatchObject({
      name: '',
      mode: 'Act',
      limits: { cooldownSeconds: limits.cooldownSeconds },
      driftAllowed: false,
      localDataDisposable: false,
    });
  });

  test('takes a policy’s numbers, and the operator’s where it has none', () => {
    const numbers = { actionsPerHour: 2, breakerPercentage: 50, approvalSeconds: 60 };
    const { limits: taken, name } = effective([policy(numbers)]);
    expect(name).toBe('shop/ours');
    expect(taken).toMatchObject({ actionsPerHour: 2, approvalSeconds: 60, cooldownSeconds: limits.cooldownSeconds });
    expect(taken.breaker).toEqual({ ...limits.breaker, percentage: 50 });
  });

  test('allows drift only where operator and policy both do', () => {
    const operator = { ...limits, driftAllowed: true };
    expect(effective([policy({ driftAllowed: true })]).driftAllowed).toBe(false);
    expect(effective([policy()], operator).driftAllowed).toBe(false);
    expect(effective([policy({ driftAllowed: true })], operator).driftAllowed).toBe(true);
  });

  test('keeps the built-in ladder for a class that the policy does not name, and an empty one that it does', () => {
    const named = effective([ladder([])]);
    expect(named.ladderOf('CrashLoopBackOff')).toEqual([]);
    expect(named.ladderOf('OOMKilled')).toBe(defaultLadders.OOMKilled);
    expect(effective([ladder([step('escalate')])]).ladderOf('CrashLoopBackOff')).toHaveLength(1);
  });

  test('lets a number of the policy carry the operator’s own that must not be below it', () => {
    const taken = effective([policy({ cooldownSeconds: 7200, verifyHealthySeconds: 600 })]).limits;
    expect(taken).toMatchObject({ cooldownMaximumSeconds: 7200, verifyTimeoutSeconds: 600 });
  });

  test('tries no built-in step more often than the operator allows', () => {
    const attempts = effective([], { ...limits, maxAttempts: 2 })
      .ladderOf('CrashLoopBackOff')
      .map(({ maxAttempts }) => maxAttempts);
    expect(attempts).toEqual([1, 2]);
  });
});
