import { expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import { makeLogger } from '#runtime/logger.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import { incident, noon } from '#test/support/snapshots.ts';
import { makeRetention } from './retention.ts';

const longAgo = microTime(noon - 90 * 86_400_000);
const old = ['a', 'b'].map((name) => {
  const base = incident({ phase: 'Resolved', times: { resolvedAt: longAgo } });
  return { ...base, metadata: { ...base.metadata, name } };
});

/** Runs until the pause between two sweeps; time passes only where it is slept. */
async function sweepOnce(answer: KubeAnswer<unknown>, leading: () => boolean = () => true) {
  const stop = new AbortController();
  const slept: number[] = [];
  const results: string[] = [];
  const transport = scriptedTransport(() => answer);
  const retention = makeRetention({
    transport,
    clock: {
      now: () => noon,
      sleep: (milliseconds, signal) => {
        slept.push(milliseconds);
        if (milliseconds === 3_600_000) stop.abort();
        return signal?.aborted ? Promise.reject(new Error('aborted')) : Promise.resolve();
      },
    },
    log: makeLogger('test', 'silent'),
    limits: { maximumAgeSeconds: 86_400, maximumPerNamespace: 100 },
    incidents: () => [...old, incident({ phase: 'Held' })],
    workloadExists: () => true,
    leading,
    onResult: (result) => results.push(result),
  });
  await retention.run(stop.signal);
  return { transport, slept, results };
}

test('deletes what is old, each exactly in the version that was judged', async () => {
  const { transport, results } = await sweepOnce({ ok: true, status: 200, body: {} });
  expect(transport.requests).toMatchObject([
    {
      method: 'DELETE',
      path: '/apis/infra-autopilot.io/v1alpha1/namespaces/shop/incidents/a',
      body: { preconditions: { uid: 'incident-uid', resourceVersion: '7' } },
    },
    { method: 'DELETE', path: '/apis/infra-autopilot.io/v1alpha1/namespaces/shop/incidents/b' },
  ]);
  expect(results).toEqual(['deleted', 'deleted']);
});

test('waits a minute first, at most five a second, then an hour', async () => {
  const { slept } = await sweepOnce({ ok: true, status: 200, body: {} });
  expect(slept).toEqual([60_000, 200, 200, 3_600_000]);
});

test.each([
  [409, 'changed'],
  [404, 'changed'],
  [403, 'failed'],
  [500, 'failed'],
])('counts a %i as %s and goes on', async (status, result) => {
  expect((await sweepOnce(refusal(status))).results).toEqual([result, result]);
});

test('deletes nothing once it leads no more', async () => {
  let asked = 0;
  const { transport } = await sweepOnce({ ok: true, status: 200, body: {} }, () => (asked += 1) < 2);
  expect(transport.requests).toHaveLength(1);
});
