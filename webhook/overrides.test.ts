import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '#runtime/clock.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { eventually, sendJson, startLoopbackApi, type LoopbackRequest } from '#test/support/loopback-api.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import { makeOverrides, type Overrides } from './overrides.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function stored(name: string, spec: object = {}, status: object = {}) {
  return {
    metadata: { namespace: 'shop', name, uid: `uid-${name}`, creationTimestamp: '2026-05-04T02:59:00Z' },
    spec: {
      owner: { kind: 'ReplicaSet', name: 'cart-7d9c5b8f6', uid: 'owner-uid' },
      memory: [{ container: 'cart', limit: '512Mi' }],
      expiresAt: '2026-05-04T03:30:00Z',
      ...spec,
    },
    status,
  };
}

interface Played {
  readonly overrides: Overrides;
  readonly metrics: Metrics;
  readonly acknowledgements: () => readonly LoopbackRequest[];
  readonly send: (event: object) => void;
}

const parts = {
  clock: systemClock,
  random: () => 0,
  log: makeLogger('webhook', 'silent'),
  metrics: makeMetrics('webhook'),
  podName: 'webhook-0',
  caps: { maximumMemory: 2 ** 30, maximumFactor: 4 },
  isExcluded: () => false,
};

/** Overrides that are followed from a list on; `answer` is given to each acknowledgement. */
async function follow(items: readonly object[], answer: (count: number) => number = () => 200): Promise<Played> {
  const acknowledgements: LoopbackRequest[] = [];
  let watching: ServerResponse | undefined;
  const api = await startLoopbackApi((request, response) => {
    if (request.method === 'PATCH') {
      acknowledgements.push(request);
      sendJson(response, answer(acknowledgements.length), {});
    } else if (request.url.searchParams.has('watch')) {
      response.writeHead(200, { 'content-type': 'application/json' }).write('\n');
      watching = response;
    } else sendJson(response, 200, { metadata: { resourceVersion: '1' }, items });
  });
  const transport = await makeKubeTransport(api.config);
  const metrics = makeMetrics('webhook');
  const overrides = makeOverrides({ ...parts, transport, metrics });
  stops.push(
    () => api.stop(),
    () => Promise.resolve(transport.close()),
    () => overrides.stop(),
  );
  overrides.start();
  await eventually('the watch is open', () => watching !== undefined);
  return {
    overrides,
    metrics,
    acknowledgements: () => acknowledgements,
    send: (event) => void watching?.write(`${JSON.stringify(event)}\n`),
  };
}

describe('the overrides of the cluster', () => {
  test('are found by the uid of their owner, and are acknowledged under the name of this pod', async () => {
    const { overrides, acknowledgements } = await follow([stored('a'), stored('b', { owner: { uid: 'other' } })]);
    await eventually('both are acknowledged', () => acknowledgements().length === 2);
    expect(overrides.of('owner-uid').map(({ name }) => name)).toEqual(['a']);
    expect(overrides.of('nobody')).toEqual([]);
    const [first] = acknowledgements();
    expect(first?.url.pathname).toBe('/apis/infra-autopilot.io/v1alpha1/namespaces/shop/admissionoverrides/a/status');
    expect(Object.fromEntries(first?.url.searchParams ?? [])).toEqual({ fieldManager: 'webhook-0', force: 'true' });
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      kind: 'AdmissionOverride',
      metadata: { namespace: 'shop', name: 'a', uid: 'uid-a' },
      status: {
        acknowledgedBy: [{ pod: 'webhook-0' }],
        conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted' }],
      },
    });
  });

  test('are acknowledged only once they are held', async () => {
    let heldAtFirst: readonly unknown[] | undefined;
    const played = await follow([], () => {
      heldAtFirst ??= played.overrides.of('owner-uid');
      return 200;
    });
    played.send({ type: 'ADDED', object: stored('a') });
    await eventually('it is acknowledged', () => heldAtFirst !== undefined);
    expect(heldAtFirst).toHaveLength(1);
  });

  test('that this pod has acknowledged are not acknowledged again; another pod’s word is not ours', async () => {
    const by = (pod: string) => ({ acknowledgedBy: [{ pod, acknowledgedAt: '2026-05-04T02:59:01Z' }] });
    const { acknowledgements } = await follow([
      stored('ours', {}, by('webhook-0')),
      stored('theirs', {}, by('webhook-1')),
    ]);
    await eventually('one is acknowledged', () => acknowledgements().length === 1);
    expect(acknowledgements()[0]?.url.pathname).toContain('/theirs/');
  });

  test('that can not be used are told and counted, and hold for nobody', async () => {
    const { overrides, metrics, acknowledgements } = await follow([
      stored('bad', { expiresAt: '2026-06-04T03:30:00Z' }),
    ]);
    await eventually('it is acknowledged', () => acknowledgements().length === 1);
    expect(overrides.of('owner-uid')).toEqual([]);
    expect(JSON.parse(acknowledgements()[0]?.body ?? '')).toMatchObject({
      status: { conditions: [{ type: 'Accepted', status: 'False', reason: 'TooLong' }] },
    });
    const text = await metrics.registry.metrics();
    expect(text).toContain('autopilot_overrides_ignored_total{reason="TooLong"} 1');
    expect(text).toContain('autopilot_overrides{accepted="false"} 1');
  });

  test('are gone once they are deleted, and another one of the same name is another one', async () => {
    const { overrides, send } = await follow([stored('a'), stored('b')]);
    send({ type: 'DELETED', object: stored('b') });
    await eventually('one is left', () => overrides.of('owner-uid').length === 1);
    send({ type: 'MODIFIED', object: stored('a', { owner: { kind: 'Job', name: 'x', uid: 'other' } }) });
    await eventually('none is left', () => overrides.of('owner-uid').length === 0);
    expect(overrides.of('other')).toHaveLength(1);
  });

  test('keep the process from being ready until they are known, and not for ever', async () => {
    expect((await follow([])).overrides.notReady()).toBeUndefined();
    let now = 0;
    const transport = scriptedTransport(() => refusal(404));
    const unknown = makeOverrides({
      ...parts,
      transport,
      clock: { now: () => now, sleep: () => new Promise(() => {}) },
    });
    unknown.start();
    await eventually('it was asked', () => transport.requests.length > 0);
    expect(unknown.notReady()).toBe('overrides are not known yet');
    now = 30_000;
    expect(unknown.notReady()).toBeUndefined();
  });

  test('whose acknowledgement fails are acknowledged later; one that is gone is let go', async () => {
    const failing = await follow([stored('a')], (count) => (count === 1 ? 500 : 200));
    await eventually('a second try', () => failing.acknowledgements().length === 2);
    expect(await failing.metrics.registry.metrics()).toContain(
      'autopilot_overrides_acknowledged_total{result="failed"} 1',
    );
    const gone = await follow([stored('a')], () => 404);
    await eventually('it was tried', () => gone.acknowledgements().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(gone.acknowledgements()).toHaveLength(1);
  });

  test('that find no room to wait are acknowledged once there is some', async () => {
    const many = Array.from({ length: 1_100 }, (_, index) => stored(`o${index}`));
    const { metrics, acknowledgements } = await follow(many);
    const names = (): ReadonlySet<string | undefined> =>
      new Set(acknowledgements().map(({ url }) => url.pathname.split('/').at(-2)));
    await eventually('all are acknowledged', () => names().size === many.length, 30_000);
    const text = await metrics.registry.metrics();
    expect(Number(/acknowledged_total\{result="dropped"\} (\d+)/.exec(text)?.[1])).toBeGreaterThan(0);
  });
});
