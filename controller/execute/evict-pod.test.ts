import { expect, test } from 'vitest';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { EvictPod } from '../model/action.ts';
import { execute } from './execute.ts';

const action: EvictPod = { kind: 'evict-pod', namespace: 'shop', podName: 'web-1', podUid: 'pod-1' };
const live = { metadata: { name: 'web-1', namespace: 'shop', uid: 'pod-1' } };
const ok = (body: unknown): KubeAnswer<unknown> => ({ ok: true, status: 201, body });

function run(pod: KubeAnswer<unknown>, eviction: KubeAnswer<unknown>, stillFailing = true) {
  const transport = scriptedTransport(({ method }) => (method === 'GET' ? pod : eviction));
  const outcome = execute(action, {
    transport,
    clock: { now: () => 42, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    stillFailing: () => stillFailing,
  });
  return { transport, outcome };
}

test('evicts by the eviction API with the uid as a precondition, after reading the pod anew', async () => {
  const { transport, outcome } = run(ok(live), ok({}));
  expect(await outcome).toEqual({ result: 'done', sentAt: 42 });
  expect(transport.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /api/v1/namespaces/shop/pods/web-1',
    'POST /api/v1/namespaces/shop/pods/web-1/eviction',
  ]);
  expect(transport.requests[1]?.body).toMatchObject({ deleteOptions: { preconditions: { uid: 'pod-1' } } });
});

const terminating = { metadata: { ...live.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
const untouched: readonly [name: string, pod: KubeAnswer<unknown>, stillFailing: boolean, reason: string][] = [
  ['is gone', refusal(404), true, 'pod-changed'],
  ['is another one of the same name', ok({ metadata: { ...live.metadata, uid: 'pod-2' } }), true, 'pod-changed'],
  ['is being deleted', ok(terminating), true, 'terminating'],
  ['has recovered', ok(live), false, 'pod-changed'],
];

test.each(untouched)('asks for no eviction of a pod that %s', async (_name, pod, stillFailing, reason) => {
  const { transport, outcome } = run(pod, ok({}), stillFailing);
  expect(await outcome).toMatchObject({ result: 'refused', reason });
  expect(transport.requests).toHaveLength(1);
});

test('reads a 429 with the cause DisruptionBudget as a blocked eviction', async () => {
  const { outcome } = run(ok(live), refusal(429, 'TooManyRequests', ['DisruptionBudget']));
  expect(await outcome).toMatchObject({ result: 'refused', reason: 'eviction-blocked' });
});

test.each([404, 409])('reads a %i as a pod that was replaced in between', async (status) => {
  expect(await run(ok(live), refusal(status)).outcome).toMatchObject({ result: 'refused', reason: 'pod-changed' });
});

test('reports what trying again does not change', async () => {
  expect(await run(ok(live), refusal(403)).outcome).toMatchObject({ result: 'failed' });
});

test.each([429, 500, 503])('leaves a %i without cause to be tried again', async (status) => {
  await expect(run(ok(live), refusal(status)).outcome).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
});

test('does not act when the pod could not be read', async () => {
  const { transport, outcome } = run(refusal(500), ok({}));
  await expect(outcome).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
  expect(transport.requests).toHaveLength(1);
});
