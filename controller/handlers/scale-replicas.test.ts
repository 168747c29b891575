import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finding, noon, owner, shopWorkload, snapshot } from '#test/support/snapshots.ts';
import type { AutoscalerSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { scaleReplicas } from './scale-replicas.ts';

const settings = { add: 2, maximum: 10, expirySeconds: 600 };
const autoscaler: AutoscalerSnapshot = {
  name: 'web',
  uid: 'hpa-uid',
  minReplicas: 2,
  maxReplicas: 10,
  currentReplicas: 4,
  managedBy: undefined,
};

function plan(world: Partial<WorkloadSnapshot>, asked: Partial<typeof settings> = {}) {
  return scaleReplicas.plan(finding(), snapshot(world), { ...settings, ...asked }, noon);
}

test('adds replicas until a time', () => {
  expect(plan({})).toMatchObject({
    act: [
      {
        kind: 'scale-replicas',
        target: { kind: 'Deployment', name: 'web', uid: 'web-uid' },
        from: 3,
        to: 5,
        until: noon + 600_000,
      },
    ],
  });
});

test('adds no more than the maximum allows', () => {
  expect(plan({}, { maximum: 4 })).toMatchObject({ act: [{ from: 3, to: 4 }] });
});

test('raises an autoscaler’s minimum above what runs now, and up to its own maximum', () => {
  expect(plan({ autoscaler })).toMatchObject({
    act: [{ target: { kind: 'HorizontalPodAutoscaler', uid: 'hpa-uid' }, from: 2, to: 6 }],
  });
  const nearlyFull = { ...autoscaler, currentReplicas: 9 };
  expect(plan({ autoscaler: nearlyFull })).toMatchObject({ act: [{ from: 2, to: 10 }] });
});

const daemon = owner({ reference: { ...shopWorkload, kind: 'DaemonSet' } });
const refusals: readonly [
  what: string,
  world: Partial<WorkloadSnapshot>,
  asked: Partial<typeof settings>,
  skip: string,
][] = [
  ['the maximum is reached', {}, { maximum: 3 }, 'not-applicable'],
  ['someone scaled it to nothing', { owner: owner({ replicas: 0 }) }, {}, 'not-applicable'],
  ['its kind has no replicas', { owner: daemon }, {}, 'not-applicable'],
  ['its owner was not seen', { owner: undefined }, {}, 'not-applicable'],
  ['it is raised already', { owner: owner({ surgedBy: 'web-oom' }) }, {}, 'not-applicable'],
  ['its autoscaler is raised already', { autoscaler: { ...autoscaler, surgedBy: 'web-oom' } }, {}, 'not-applicable'],
  ['its autoscaler is at its maximum', { autoscaler: { ...autoscaler, currentReplicas: 10 } }, {}, 'autoscaler-owned'],
  ['KEDA would undo it', { autoscaler: { ...autoscaler, managedBy: 'keda' } }, {}, 'autoscaler-owned'],
];

test.each(refusals)('skips when %s', (_what, world, asked, skip) => {
  expect(plan(world, asked)).toMatchObject({ skip });
});

test('never goes down and never beyond any maximum', () => {
  const count = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(count, count, count, count, fc.boolean(), (low, more, current, maximum, scaled) => {
      const maxReplicas = low + more;
      const scaler = { ...autoscaler, minReplicas: low, maxReplicas, currentReplicas: current };
      const planned = plan(
        { owner: owner({ replicas: low }), autoscaler: scaled ? scaler : undefined },
        { maximum, add: 1 + more },
      );
      if (!('act' in planned)) return;
      const [action] = planned.act;
      expect(action).toHaveProperty('kind', 'scale-replicas');
      if (action.kind !== 'scale-replicas') return;
      expect(action.to).toBeGreaterThan(action.from);
      expect(action.to).toBeLessThanOrEqual(scaled ? maxReplicas : maximum);
    }),
  );
});
