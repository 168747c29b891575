import { expect, test } from 'vitest';
import type { IncidentStatus } from '#contract/incident.ts';
import { makeLogger } from '#runtime/logger.ts';
import { incident, noon } from '#test/support/snapshots.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import { makeEventRecorder } from './event-recorder.ts';

function setUp(answer: KubeAnswer<unknown>) {
  const results: string[] = [];
  const transport = scriptedTransport(() => answer);
  const recorder = makeEventRecorder({
    transport,
    clock: { now: () => noon, sleep: () => Promise.resolve() },
    log: makeLogger('test', 'silent'),
    instance: 'controller-1',
    onResult: (result) => results.push(result),
  });
  return { transport, recorder, results };
}

const held = incident({ phase: 'Held', reason: 'paused', message: 'An annotation holds every action.' });
const status = held.status as IncidentStatus;

test('writes one event on the pod and one on its owner', async () => {
  const { transport, recorder, results } = setUp({ ok: true, status: 201, body: {} });
  recorder.record(held, status);
  await recorder.stop();
  expect(transport.requests.map(({ path, body }) => [path, body])).toMatchObject([
    ['/api/v1/namespaces/shop/events', { involvedObject: { kind: 'Pod', uid: 'pod-1' }, reason: 'IncidentHeld' }],
    [
      '/api/v1/namespaces/shop/events',
      { involvedObject: { kind: 'Deployment', uid: 'web-uid' }, eventTime: '2026-01-01T12:00:00.000000Z' },
    ],
  ]);
  expect(transport.requests[0]?.body).toMatchObject({
    type: 'Warning',
    message: 'CrashLoopBackOff (paused): An annotation holds every action.',
  });
  expect(results).toEqual(['created', 'created']);
});

test('counts what could not be written and goes on', async () => {
  const { recorder, results } = setUp(refusal(403));
  recorder.record(held, status);
  await recorder.stop();
  expect(results).toEqual(['failed', 'failed']);
});

test('drops and counts events beyond its bound', async () => {
  const { recorder, results } = setUp({ ok: true, status: 201, body: {} });
  for (let count = 0; count < 300; count += 1) recorder.record(held, status);
  await recorder.stop();
  expect(results.filter((result) => result === 'dropped').length).toBeGreaterThan(0);
  expect(results).toHaveLength(600);
});
