import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { suspensionsKey, type Suspension } from '#contract/suspension.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { admitObject, exampleContext, makePod } from '#test/support/admission.ts';
import { eventually, sendJson, startLoopbackApi } from '#test/support/loopback-api.ts';
import { canaryPod } from '#test/support/webhook-api.ts';
import { sample } from '#test/support/webhook-server.ts';
import { makeInjectionGate, type InjectionGate } from '../injection-gate.ts';

const image = 'registry.example/agent:1';
const start = Date.UTC(2026, 0, 1, 12);
const minute = 60_000;
const iso = (time: number): string => new Date(time).toISOString();

let now: number;
const stops: (() => unknown)[] = [];
beforeEach(() => void (now = start));
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Setup {
  readonly gate: InjectionGate;
  readonly metrics: Metrics;
  /** What a watch of one of the two collections says next. */
  readonly say: (collection: 'pods' | 'configmaps', type: string, object: object) => void;
  readonly asked: () => readonly URL[];
}

function record(suspensions: readonly Suspension[]): object {
  return {
    metadata: { name: 'injection', namespace: 'operations', uid: 'injection' },
    data: { [suspensionsKey]: JSON.stringify(suspensions) },
  };
}

function suspension(more: Partial<Suspension> = {}): Suspension {
  return { image, reason: 'image-pull', since: iso(start), until: iso(start + 10 * minute), count: 1, ...more };
}

/** A gate on an API with these canaries and records, which a test may change while it is watched. */
async function setUp(canaries: readonly object[], suspensions: readonly Suspension[] = []): Promise<Setup> {
  const watching = new Map<string, ServerResponse>();
  const listed: Readonly<Record<string, readonly object[]>> = { pods: canaries, configmaps: [record(suspensions)] };
  const api = await startLoopbackApi(({ url }, response) => {
    const collection = url.pathname.split('/').at(-1) ?? '';
    if (!url.searchParams.has('watch')) {
      sendJson(response, 200, { metadata: { resourceVersion: '1' }, items: listed[collection] ?? [] });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).write('\n');
    watching.set(collection, response);
  });
  const transport = await makeKubeTransport(api.config);
  const metrics = makeMetrics('webhook');
  const gate = makeInjectionGate({
    transport,
    // Time is the test's; only waits between requests are real.
    clock: { now: () => now, sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
    random: () => 0,
    log: makeLogger('webhook', 'silent'),
    metrics,
    namespace: 'operations',
    image,
    canarySelector: 'app.kubernetes.io/component=canary',
    suspensionsConfigMap: 'injection',
  });
  stops.push(
    () => api.stop(),
    () => transport.close(),
    () => gate.stop(),
  );
  gate.start();
  await eventually('both are watched', () => watching.size === 2);
  return {
    gate,
    metrics,
    say: (collection, type, object) => watching.get(collection)?.write(`${JSON.stringify({ type, object })}\n`),
    asked: () => api.requests.map(({ url }) => url),
  };
}

function reasonOf(gate: InjectionGate, namespace = 'shop', dryRun = false): string {
  const holdOf = (): ReturnType<InjectionGate['holdOf']> => gate.holdOf({ namespace, dryRun });
  return admitObject(makePod(), { ...exampleContext(), holdOf }).reason;
}

describe('fault 41: injection begins only after a canary pod ran the image', () => {
  test('until then pods are admitted as they are, with a reason of its own', async () => {
    const { gate, metrics, say } = await setUp([canaryPod(image, false)]);
    expect(reasonOf(gate)).toBe('canary-pending');
    expect(gate.notReady()).toContain('no canary');
    say('pods', 'MODIFIED', canaryPod(image));
    await eventually('injection begins', () => reasonOf(gate) === 'injected');
    expect(gate.notReady()).toBeUndefined();
    expect(await sample(metrics, 'autopilot_injection_active')).toBe(1);
  });

  test.each([
    ['of another image', canaryPod('registry.example/agent:2')],
    ['that is being deleted', { ...canaryPod(image), metadata: { name: 'canary-1', deletionTimestamp: iso(start) } }],
    ['without an agent', { ...canaryPod(image), spec: { containers: [] } }],
  ])('a canary %s proves nothing', async (_what, pod) => {
    const { gate, metrics } = await setUp([pod]);
    expect(reasonOf(gate)).toBe('canary-pending');
    expect(await sample(metrics, 'autopilot_injection_active')).toBe(0);
  });

  test('what was proven once stays so while the canary moves to another node', async () => {
    const { gate, say } = await setUp([canaryPod(image)]);
    say('pods', 'DELETED', canaryPod(image));
    say('configmaps', 'MODIFIED', record([suspension()]));
    await eventually('both events have come', () => reasonOf(gate) === 'injection-suspended');
  });

  test('a webhook that starts anew finds it in the first list', async () => {
    const { gate, asked } = await setUp([canaryPod(image)]);
    expect(reasonOf(gate)).toBe('injected');
    const pods = asked().find(({ pathname }) => pathname === '/api/v1/namespaces/operations/pods');
    expect(pods?.searchParams.get('labelSelector')).toBe('app.kubernetes.io/component=canary');
    const records = asked().find(({ pathname }) => pathname === '/api/v1/namespaces/operations/configmaps');
    expect(records?.searchParams.get('fieldSelector')).toBe('metadata.name=injection');
  });

  test('a bad image keeps a webhook from being ready for half a minute, so that those before it serve, and no longer', async () => {
    const { gate } = await setUp([]);
    now += 29_000;
    expect(gate.notReady()).toContain('no canary');
    now += 1_000;
    expect(gate.notReady()).toBeUndefined();
    expect(reasonOf(gate)).toBe('canary-pending');
  });
});

describe('fault 41: injection suspends itself while the agent blocks pods', () => {
  test('pods are admitted as they are in the namespace that is named, and injected elsewhere', async () => {
    const { gate, metrics } = await setUp([canaryPod(image)], [suspension({ namespace: 'shop' })]);
    expect([reasonOf(gate, 'shop'), reasonOf(gate, 'depot')]).toEqual(['injection-suspended', 'injected']);
    expect(await sample(metrics, 'autopilot_injection_active')).toBe(1);
  });

  test('and everywhere, where none is named', async () => {
    const { gate, metrics } = await setUp([canaryPod(image)], [suspension()]);
    expect([reasonOf(gate, 'shop'), reasonOf(gate, 'depot')]).toEqual(['injection-suspended', 'injection-suspended']);
    gate.show();
    expect(await sample(metrics, 'autopilot_injection_active')).toBe(0);
  });

  test('another image is not held', async () => {
    const { gate } = await setUp([canaryPod(image)], [suspension({ image: 'registry.example/agent:0' })]);
    expect(reasonOf(gate)).toBe('injected');
  });

  test('after its time one pod a minute is injected as a trial, and a dry run is none', async () => {
    const { gate, metrics } = await setUp([canaryPod(image)], [suspension()]);
    now = start + 10 * minute;
    gate.show();
    expect(await sample(metrics, 'autopilot_injection_active')).toBe(1);
    expect([reasonOf(gate, 'shop', true), reasonOf(gate, 'shop', true)]).toEqual(['injected', 'injected']);
    expect([reasonOf(gate), reasonOf(gate, 'depot'), reasonOf(gate)]).toEqual([
      'injected',
      'injection-suspended',
      'injection-suspended',
    ]);
    now += minute;
    expect([reasonOf(gate, 'depot'), reasonOf(gate)]).toEqual(['injected', 'injection-suspended']);
  });

  test('a pod that would not get the agent anyway is no trial', async () => {
    const { gate } = await setUp([canaryPod(image)], [suspension()]);
    now = start + 10 * minute;
    const holdOf = (pod: { namespace: string; dryRun: boolean }) => gate.holdOf(pod);
    expect(admitObject(makePod({ hostNetwork: true }), { ...exampleContext(), holdOf }).reason).toBe('host-network');
    expect(reasonOf(gate)).toBe('injected');
  });

  test('everything is injected again once a trial went well', async () => {
    const { gate, say } = await setUp([canaryPod(image)], [suspension()]);
    say('configmaps', 'MODIFIED', record([suspension({ resumedAt: iso(start) })]));
    await eventually('the suspension is over', () => reasonOf(gate) === 'injected');
    expect(reasonOf(gate)).toBe('injected');
  });

  test('and when a person empties or deletes the record', async () => {
    const { gate, say } = await setUp([canaryPod(image)], [suspension()]);
    say('configmaps', 'DELETED', record([]));
    await eventually('the suspension is gone', () => reasonOf(gate) === 'injected');
  });
});
