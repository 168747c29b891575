import { expect, test } from 'vitest';
import { actWorld } from '#test/support/acts.ts';
import { refusal } from '#test/support/scripted-transport.ts';
import { noon } from '#test/support/snapshots.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { EvictPod } from '../model/action.ts';
import { execute, rehearse } from './execute.ts';

const action: EvictPod = { kind: 'evict-pod', namespace: 'shop', podName: 'web-1', podUid: 'pod-1' };
const blocked: KubeAnswer<never> = {
  ok: false,
  status: 429,
  reason: 'TooManyRequests',
  message: 'Cannot evict pod as it would violate the pod’s disruption budget.',
  causes: ['DisruptionBudget'],
  causeMessages: ['The disruption budget web needs 3 healthy pods and has 3 currently'],
};
const twoBudgets: KubeAnswer<never> = {
  ok: false,
  status: 500,
  reason: '',
  message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  causes: [],
};

function run(answer?: KubeAnswer<unknown>) {
  const world = actWorld({}, answer);
  return { world, outcome: execute([action], world.context) };
}

test('evicts by the eviction API with the uid as a precondition', async () => {
  const { world, outcome } = run();
  expect(await outcome).toEqual({ result: 'done', sentAt: noon, message: 'Pod web-1 was evicted.' });
  expect(world.writes()).toMatchObject([
    {
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods/web-1/eviction',
      body: { kind: 'Eviction', deleteOptions: { preconditions: { uid: 'pod-1' } } },
    },
  ]);
  expect(world.writes()[0]?.query).toBeUndefined();
});

test('reads a 429 with the cause DisruptionBudget as a blocked eviction, and tells which budget', async () => {
  const outcome = await run(blocked).outcome;
  expect(outcome).toMatchObject({ result: 'refused', reason: 'eviction-blocked' });
  expect(outcome.message).toContain('The disruption budget web needs 3');
});

test('tells two disruption budgets from a server’s error', async () => {
  expect(await run(twoBudgets).outcome).toMatchObject({ result: 'refused', reason: 'two-budgets' });
});

test.each([404, 409])('reads a %i as a pod that was replaced in between', async (status) => {
  expect(await run(refusal(status)).outcome).toMatchObject({ result: 'refused', reason: 'pod-changed' });
});

test('reports what trying again does not change', async () => {
  expect(await run(refusal(403)).outcome).toMatchObject({ result: 'failed' });
});

test.each([429, 500, 503])('leaves a %i without cause to be tried again', async (status) => {
  await expect(run(refusal(status)).outcome).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
});

const rehearsals: readonly [what: string, answer: KubeAnswer<unknown> | undefined, says: string][] = [
  ['allows it', undefined, 'The API server would allow the eviction of pod web-1.'],
  ['names a budget', blocked, 'A PodDisruptionBudget would refuse the eviction of pod web-1: Cannot evict pod as'],
  ['forbids it', refusal(403), 'It would not come to the eviction of pod web-1: The API server answered 403'],
  ['is overloaded', refusal(503), 'Whether the API server would allow the eviction of pod web-1 is not known'],
];

test.each(rehearsals)('rehearses without effect and tells when the API server %s', async (_what, answer, says) => {
  const world = actWorld({}, answer);
  expect(await rehearse([action], world.context)).toContain(says);
  expect(world.writes()).toMatchObject([{ query: { dryRun: 'All' } }]);
});
