import { expect, test } from 'vitest';
import { surgedByAnnotation } from '#contract/annotations.ts';
import { actWorld, paths, quietObjects, type Objects } from '#test/support/acts.ts';
import { refusal } from '#test/support/scripted-transport.ts';
import { noon } from '#test/support/snapshots.ts';
import type { ScaleReplicas } from '../model/action.ts';
import { execute } from './execute.ts';

const surge: ScaleReplicas = {
  kind: 'scale-replicas',
  namespace: 'shop',
  target: { kind: 'Deployment', name: 'web', uid: 'web-uid' },
  from: 3,
  to: 4,
  until: noon + 600_000,
};
const { until: _none, ...unbounded } = surge;
const restore: ScaleReplicas = { ...unbounded, from: 4, to: 3 };
const held = '/metadata/annotations/infra-autopilot.io~1surged-by';

function owner(replicas: number | undefined, annotations?: Readonly<Record<string, string>>): Objects {
  const { metadata } = quietObjects[paths.owner];
  const { annotations: _old, ...rest } = metadata;
  return {
    [paths.owner]: {
      metadata: { ...rest, ...(annotations ? { annotations } : {}) },
      spec: replicas === undefined ? {} : { replicas },
    },
  };
}

const ours = { [surgedByAnnotation]: 'web-crash' };
const others = { [surgedByAnnotation]: 'web-oom' };
const uid = { op: 'test', path: '/metadata/uid', value: 'web-uid' };
const version = { op: 'test', path: '/metadata/resourceVersion', value: '9' };
const replicas = (from: number, to: number): readonly object[] => [
  { op: 'test', path: '/spec/replicas', value: from },
  { op: 'replace', path: '/spec/replicas', value: to },
];

const patches: readonly [what: string, action: ScaleReplicas, objects: Objects, body: readonly object[]][] = [
  [
    'raises a number that is what it was, and says who did it',
    surge,
    {},
    [uid, ...replicas(3, 4), { op: 'add', path: held, value: 'web-crash' }],
  ],
  [
    'holds to the version of an object without annotations, whose map is set whole',
    surge,
    owner(3),
    [uid, version, ...replicas(3, 4), { op: 'add', path: '/metadata/annotations', value: ours }],
  ],
  [
    'takes an absent number for the API’s default',
    { ...surge, from: 1, to: 2 },
    owner(undefined, {}),
    [uid, version, { op: 'add', path: '/spec/replicas', value: 2 }, { op: 'add', path: held, value: 'web-crash' }],
  ],
  [
    'puts the number back and takes the annotation away',
    restore,
    owner(4, ours),
    [uid, ...replicas(4, 3), { op: 'remove', path: held }],
  ],
  ['puts the number back where the annotation has gone', restore, owner(4, {}), [uid, ...replicas(4, 3)]],
];

test.each(patches)('%s', async (_what, action, objects, body) => {
  const world = actWorld(objects);
  expect(await execute([action], world.context)).toMatchObject({ result: 'done', sentAt: noon });
  expect(world.writes()).toMatchObject([{ method: 'PATCH', path: paths.owner }]);
  expect(world.writes()[0]?.body).toEqual(body);
});

test('raises the floor of an autoscaler, never the replicas under it', async () => {
  const target = { kind: 'HorizontalPodAutoscaler', name: 'web', uid: 'hpa-uid' } as const;
  const world = actWorld();
  expect(await execute([{ ...surge, target, from: 2, to: 5 }], world.context)).toMatchObject({ result: 'done' });
  expect(world.writes()).toMatchObject([{ path: paths.autoscaler }]);
  expect(world.writes()[0]?.body).toContainEqual({ op: 'replace', path: '/spec/minReplicas', value: 5 });
});

const refusals: readonly [what: string, action: ScaleReplicas, objects: Objects, reason: string][] = [
  ['raises no number that someone changed', surge, owner(5, {}), 'target-changed'],
  ['raises no number that another incident holds', surge, owner(3, others), 'target-changed'],
  ['raises nothing that is gone', surge, { [paths.owner]: undefined }, 'target-changed'],
  ['puts no number back that someone changed', restore, owner(6, {}), 'change-reverted'],
  ['puts no number back that another incident holds', restore, owner(4, others), 'change-reverted'],
];

test.each(refusals)('%s', async (_what, action, objects, reason) => {
  const world = actWorld(objects);
  expect(await execute([action], world.context)).toMatchObject({ result: 'refused', reason });
  expect(world.writes()).toEqual([]);
});

test('leaves a number to whoever changed it, but not our name on it', async () => {
  const world = actWorld(owner(6, ours));
  expect(await execute([restore], world.context)).toMatchObject({ result: 'refused', reason: 'change-reverted' });
  expect(world.writes()[0]?.body).toEqual([uid, { op: 'remove', path: held }]);
});

test.each([
  ['surge', surge, 'target-changed'],
  ['restore', restore, 'change-reverted'],
] as const)('reads a failed test of a %s as a change by someone else', async (_what, action, reason) => {
  const world = actWorld(action === surge ? {} : owner(4, ours), refusal(422));
  expect(await execute([action], world.context)).toMatchObject({ result: 'refused', reason });
});

test.each([
  ['surge', surge, owner(4, ours)],
  ['restore', restore, owner(3, {})],
] as const)('finds a %s done when it is repeated', async (_what, action, objects) => {
  const world = actWorld(objects);
  expect(await execute([action], world.context)).toMatchObject({ result: 'done' });
  expect(world.writes()).toEqual([]);
});
