import { expect, test } from 'vitest';
import { restartedAtAnnotation } from '#contract/annotations.ts';
import { actWorld, paths, quietObjects, type Objects } from '#test/support/acts.ts';
import { refusal } from '#test/support/scripted-transport.ts';
import type { RestartRollout } from '../model/action.ts';
import { execute, rehearse } from './execute.ts';

const action: RestartRollout = {
  kind: 'restart-rollout',
  namespace: 'shop',
  workload: { kind: 'Deployment', name: 'web', uid: 'web-uid' },
  generation: 4,
};
const stamp = '2026-01-01T11:59:59.950Z';
const tests = [
  { op: 'test', path: '/metadata/uid', value: 'web-uid' },
  { op: 'test', path: '/metadata/generation', value: 4 },
];

function owner(spec: object, metadata: object = {}): Objects {
  return { [paths.owner]: { metadata: { ...quietObjects[paths.owner].metadata, ...metadata }, spec } };
}

test('stamps the template of exactly the generation that was judged', async () => {
  const world = actWorld();
  expect(await execute([action], world.context)).toMatchObject({ result: 'done' });
  const path = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt';
  expect(world.writes()).toMatchObject([
    {
      method: 'PATCH',
      path: paths.owner,
      contentType: 'application/json-patch+json',
      query: { fieldManager: 'infra-autopilot' },
      body: [...tests, { op: 'add', path, value: stamp }],
    },
  ]);
});

const parents: readonly [what: string, spec: object, operation: object][] = [
  [
    'annotations',
    { template: { metadata: {} } },
    { op: 'add', path: '/spec/template/metadata/annotations', value: { [restartedAtAnnotation]: stamp } },
  ],
  [
    'metadata',
    { template: {} },
    { op: 'add', path: '/spec/template/metadata', value: { annotations: { [restartedAtAnnotation]: stamp } } },
  ],
];

test.each(parents)('makes the %s of a template that has none', async (_what, spec, operation) => {
  const world = actWorld(owner(spec));
  await execute([action], world.context);
  expect(world.writes()[0]?.body).toEqual([...tests, operation]);
});

const refusals: readonly [what: string, objects: Objects, says: string][] = [
  ['was changed since', owner({}, { generation: 5 }), 'changed in between'],
  ['has a paused rollout', owner({ paused: true }), 'spec.paused'],
  ['is gone', { [paths.owner]: undefined }, 'not there'],
];

test.each(refusals)('leaves a workload alone that %s', async (_what, objects, says) => {
  const world = actWorld(objects);
  const outcome = await execute([action], world.context);
  expect(outcome).toMatchObject({ result: 'refused', reason: 'target-changed' });
  expect([outcome.message?.includes(says), world.writes()]).toEqual([true, []]);
});

test.each([404, 409, 422])('reads a %i as a workload that was changed in between', async (status) => {
  const outcome = await execute([action], actWorld({}, refusal(status)).context);
  expect(outcome).toMatchObject({ result: 'refused', reason: 'target-changed' });
});

test('finds its own stamp when it is repeated, and starts no second rollout', async () => {
  const template = { metadata: { annotations: { [restartedAtAnnotation]: stamp } } };
  const world = actWorld(owner({ template }, { generation: 5 }));
  expect(await execute([action], world.context)).toMatchObject({ result: 'done' });
  expect(world.writes()).toEqual([]);
});

test('reports what trying again does not change, and leaves the rest to be tried again', async () => {
  expect(await execute([action], actWorld({}, refusal(403)).context)).toMatchObject({ result: 'failed' });
  const overloaded = execute([action], actWorld({}, refusal(503)).context);
  await expect(overloaded).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
});

test('rehearses the patch without effect', async () => {
  const world = actWorld();
  expect(await rehearse([action], world.context)).toBe('The API server would allow the rollout of Deployment web.');
  expect(world.writes()).toMatchObject([{ query: { dryRun: 'All', fieldManager: 'infra-autopilot' } }]);
});
