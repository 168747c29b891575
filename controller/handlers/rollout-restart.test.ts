import { expect, test } from 'vitest';
import { finding, noon, owner, shopWorkload, snapshot } from '#test/support/snapshots.ts';
import { rolloutRestart } from './rollout-restart.ts';

test.each(['Deployment', 'StatefulSet', 'DaemonSet'])('plans a rollout of a %s at the generation it saw', (kind) => {
  const world = snapshot({ owner: owner({ reference: { ...shopWorkload, kind }, generation: 7 }) });
  expect(rolloutRestart.plan(finding(), world, {}, noon)).toMatchObject({
    act: [{ kind: 'restart-rollout', workload: { kind, name: 'web', uid: 'web-uid' }, generation: 7 }],
  });
});

test.each([
  ['was not seen', undefined],
  ['has no rollouts', owner({ reference: { ...shopWorkload, kind: 'Job' } })],
])('skips an owner that %s', (_what, owned) => {
  const plan = rolloutRestart.plan(finding(), snapshot({ owner: owned }), {}, noon);
  expect(plan).toMatchObject({ skip: 'not-applicable' });
});
