import { expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import { noon } from '#test/support/snapshots.ts';
import { makeOverrideSweep } from './override-sweep.ts';

function stored(name: string, expiresAt: number) {
  return {
    metadata: { namespace: 'shop', name, uid: `uid-${name}` },
    spec: { expiresAt: new Date(expiresAt).toISOString() },
  };
}

/** Runs so many sweeps; time passes only where it is slept. */
async function sweep(
  items: readonly object[],
  sweeps = 1,
  onDelete: KubeAnswer<unknown> = { ok: true, status: 200, body: {} },
) {
  const stop = new AbortController();
  let slept = 0;
  const transport = scriptedTransport(({ method }) =>
    method === 'DELETE' ? onDelete : { ok: true, status: 200, body: { metadata: { resourceVersion: '1' }, items } },
  );
  const metrics = makeMetrics('controller');
  const clock = {
    now: () => noon,
    sleep: (milliseconds: number) => {
      expect(milliseconds).toBe(30_000);
      slept += 1;
      if (slept > sweeps) stop.abort();
      return Promise.resolve();
    },
  };
  await makeOverrideSweep({ transport, clock, log: makeLogger('test', 'silent'), metrics }).run(stop.signal);
  const deleted = transport.requests.filter(({ method }) => method === 'DELETE');
  return { deleted, text: await metrics.registry.metrics() };
}

test('deletes what has been expired for half a minute, and no other of the same name', async () => {
  const items = [stored('old', noon - 30_000), stored('late', noon - 29_000), stored('live', noon + 1)];
  const { deleted, text } = await sweep(items);
  expect(deleted).toMatchObject([
    {
      path: '/apis/infra-autopilot.io/v1alpha1/namespaces/shop/admissionoverrides/old',
      body: { preconditions: { uid: 'uid-old' } },
    },
  ]);
  expect(text).toContain('autopilot_overrides_deleted_total{result="deleted"} 1');
});

test('leaves a time that it can not read, and deletes no more than 100 at once', async () => {
  const many = Array.from({ length: 150 }, (_, at) => stored(`o${at}`, noon - 120_000));
  const { deleted } = await sweep([{ metadata: { namespace: 'shop', name: 'odd' }, spec: {} }, ...many]);
  expect(deleted).toHaveLength(100);
  expect(deleted.map(({ path }) => path)).not.toContainEqual(expect.stringContaining('/odd'));
});

test('goes on after a failure, and takes it for no failure that another was faster', async () => {
  const failed = await sweep([stored('a', 0)], 2, refusal(500));
  expect(failed.deleted).toHaveLength(2);
  expect(failed.text).toContain('autopilot_overrides_deleted_total{result="failed"} 2');
  const gone = await sweep([stored('a', 0)], 1, refusal(404));
  expect(gone.text).toContain('autopilot_overrides_deleted_total{result="failed"} 0');
  expect(gone.text).toContain('autopilot_overrides_deleted_total{result="deleted"} 0');
});
