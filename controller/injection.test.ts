import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { autopilotLabel, pausedAnnotation } from '#contract/annotations.ts';
import { readSuspensions, suspensionsKey, type Suspension } from '#contract/suspension.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { agentImage, blockedAgent, blockedPod } from '#test/support/blocked-pods.ts';
import { eventually, sendJson, startLoopbackApi } from '#test/support/loopback-api.ts';
import { noon, shopWorkload } from '#test/support/snapshots.ts';
import { startInjectionGuard } from './injection.ts';
import type { Notice } from './model/notice.ts';
import type { PodSnapshot, WorkloadSnapshot } from './model/snapshot.ts';

const recordPath = '/api/v1/namespaces/autopilot/configmaps/injection';
let now: number;
const stops: (() => unknown)[] = [];
beforeEach(() => void (now = noon));
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface World {
  /** What is there now; a test changes it. */
  readonly pods: PodSnapshot[];
  readonly record: () => readonly Suspension[];
  readonly evictions: () => readonly string[];
  readonly events: readonly string[];
  readonly notices: readonly Notice[];
  readonly metrics: Metrics;
  leads: boolean;
}

interface Setup {
  readonly mode?: string;
  readonly namespaceAnnotations?: Readonly<Record<string, string>>;
  readonly leads?: boolean;
  readonly evictionStatus?: number;
}

/** A guard on an API server with one ConfigMap, which it watches, and the pods that a test puts into the cluster. */
async function start(setup: Setup = {}): Promise<World> {
  const { mode = 'enabled', namespaceAnnotations = {}, leads = true, evictionStatus = 201 } = setup;
  const pods: PodSnapshot[] = [];
  const evictions: string[] = [];
  const events: string[] = [];
  const notices: Notice[] = [];
  let watching: ServerResponse | undefined;
  let version = 1;
  let text = '';
  const configMap = (): object => ({
    metadata: { namespace: 'autopilot', name: 'injection', uid: 'injection', resourceVersion: String(version) },
    ...(text === '' ? {} : { data: { [suspensionsKey]: text } }),
  });
  const objects = (): Readonly<Record<string, object>> => ({
    '/api/v1/namespaces/shop': {
      metadata: { name: 'shop', labels: { [autopilotLabel]: mode }, annotations: namespaceAnnotations },
    },
    '/apis/apps/v1/namespaces/shop/deployments/web': { metadata: { name: 'web', uid: 'web-uid' } },
    '/api/v1/namespaces/autopilot': { metadata: { name: 'autopilot' } },
    '/apis/apps/v1/namespaces/autopilot/deployments/pilot': { metadata: { name: 'pilot' } },
    ...Object.fromEntries(pods.map((pod) => [`/api/v1/namespaces/shop/pods/${pod.name}`, rawPod(pod)])),
  });
  const api = await startLoopbackApi(({ method, url, body }, response) => {
    const { pathname, searchParams } = url;
    if (searchParams.has('watch')) {
      response.writeHead(200, { 'content-type': 'application/json' }).write('\n');
      watching = response;
    } else if (pathname.endsWith('/configmaps')) {
      sendJson(response, 200, { metadata: { resourceVersion: String(version) }, items: [configMap()] });
    } else if (method === 'PATCH' && pathname === recordPath) {
      const patch = JSON.parse(body) as { metadata: { resourceVersion: string }; data: Record<string, string> };
      if (patch.metadata.resourceVersion !== String(version)) return sendJson(response, 409, { message: 'conflict' });
      version += 1;
      text = patch.data[suspensionsKey] ?? '';
      sendJson(response, 200, configMap());
      watching?.write(`${JSON.stringify({ type: 'MODIFIED', object: configMap() })}\n`);
    } else if (pathname.endsWith('/eviction')) {
      evictions.push(pathname.split('/').at(-2) ?? '');
      sendJson(response, evictionStatus, { message: 'as the test says' });
    } else {
      const object = objects()[pathname];
      sendJson(response, object === undefined ? 404 : 200, object ?? { message: 'not found' });
    }
    return undefined;
  });
  const transport = await makeKubeTransport(api.config);
  const metrics = makeMetrics('controller');
  const world = {
    pods,
    evictions: () => evictions,
    events,
    notices,
    metrics,
    leads,
    record: () => readSuspensions(text),
  };
  const guard = startInjectionGuard({
    cluster: {
      notReady: () => undefined,
      injectedPods: () => pods,
      workloadUidOfPod: () => 'web-uid',
      snapshotOf: () => ({ workload: shopWorkload }) as unknown as WorkloadSnapshot,
    },
    transport,
    agents: { send: () => Promise.resolve(undefined) },
    // Time is the test's; only waits are real.
    clock: { now: () => now, sleep: () => new Promise((resolve) => setTimeout(resolve, 5)) },
    random: () => 0,
    log: makeLogger('controller', 'silent'),
    metrics,
    events: { warn: (_namespace, pod, reason) => void events.push(`${reason} ${pod.name}`) },
    notifier: { notify: (notice) => void notices.push(notice) },
    release: { namespace: 'autopilot', deployment: 'pilot' },
    leads: () => world.leads,
    clusterName: 'east',
    configMap: 'injection',
  });
  stops.push(
    () => api.stop(),
    () => transport.close(),
    () => guard.stop(),
  );
  await eventually('the record is watched', () => watching !== undefined);
  return world;
}

/** The pod as the API server has it: still blocked. */
function rawPod({ name, namespace, uid }: PodSnapshot): object {
  const waiting = { reason: 'ImagePullBackOff', message: 'not found' };
  return {
    metadata: { name, namespace, uid },
    spec: { initContainers: [{ name: 'infra-autopilot-agent', image: agentImage }], containers: [{ name: 'app' }] },
    status: { phase: 'Pending', initContainerStatuses: [{ name: 'infra-autopilot-agent', state: { waiting } }] },
  };
}

async function gauge(metrics: Metrics, line: string): Promise<number> {
  const text = await metrics.registry.metrics();
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.split(' ')
      .at(-1),
  );
}

/** Some rounds of the guard: it looks each 5 ms here. */
const someRounds = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

describe('fault 41: a pod is blocked by the agent', () => {
  test('injection is suspended, people are told once, and the pod is evicted when the webhooks know', async () => {
    const world = await start();
    world.pods.push(blockedPod('web-1'));
    await eventually('a suspension', () => world.record().length === 1);
    expect(world.record()).toMatchObject([{ image: agentImage, namespace: 'shop', reason: 'image-pull', count: 1 }]);
    await someRounds();
    expect(world.evictions()).toEqual([]);
    const suspended = 'autopilot_injection_suspended{scope="namespace",reason="image-pull"}';
    expect(await gauge(world.metrics, suspended)).toBe(1);
    expect(await gauge(world.metrics, 'autopilot_injection_blocked_pods{reason="image-pull"}')).toBe(1);

    now += 10_000;
    await eventually('an eviction', () => world.evictions().length > 0);
    world.pods.splice(0);
    await eventually('an Event about it', () => world.events.includes('RecreatedWithoutAgent web-1'));
    expect(world.events).toContain('AgentBlocksPod web-1');
    expect(world.notices).toMatchObject([{ kind: 'injection', phase: 'Escalated', pod: 'web-1', namespace: 'shop' }]);
    expect(await gauge(world.metrics, 'autopilot_injection_recreated_total{result="done"}')).toBeGreaterThan(0);
  });

  test('also where the namespace only observes: it undoes what injection did', async () => {
    const world = await start({ mode: 'observe' });
    world.pods.push(blockedPod('web-1'));
    await eventually('a suspension', () => world.record().length === 1);
    now += 10_000;
    await eventually('an eviction', () => world.evictions().length > 0);
    expect(world.evictions()[0]).toBe('web-1');
  });

  test.each([
    ['the namespace is paused', { namespaceAnnotations: { [pausedAnnotation]: 'true' } }],
    ['the namespace is opted in no more', { mode: 'disabled' }],
  ])('but nothing is evicted where %s', async (_what, setup) => {
    const world = await start(setup);
    world.pods.push(blockedPod('web-1'));
    await eventually('a suspension', () => world.record().length === 1);
    now += 10_000;
    await someRounds();
    expect(world.evictions()).toEqual([]);
    expect(await gauge(world.metrics, 'autopilot_injection_recreated_total{result="refused"}')).toBe(1);
  });

  test('a budget that refuses the eviction is asked again after 30 s', async () => {
    const world = await start({ evictionStatus: 429 });
    world.pods.push(blockedPod('web-1'));
    await eventually('a suspension', () => world.record().length === 1);
    now += 10_000;
    await eventually('a first try', () => world.evictions().length === 1);
    await someRounds();
    expect(world.evictions()).toHaveLength(1);
    now += 30_000;
    await eventually('a second try', () => world.evictions().length === 2);
    expect(world.evictions()).toHaveLength(2);
  });

  test('a standby sees and shows it, and writes and evicts nothing', async () => {
    const world = await start({ leads: false });
    world.pods.push(blockedPod('web-1'));
    await someRounds();
    expect([world.record(), world.evictions(), world.notices]).toEqual([[], [], []]);
    expect(await gauge(world.metrics, 'autopilot_injection_blocked_pods{reason="image-pull"}')).toBe(1);
    world.leads = true;
    await eventually('a suspension once it leads', () => world.record().length === 1);
  });

  test('a second namespace suspends injection everywhere, and a good trial resumes it', async () => {
    const world = await start();
    world.pods.push(blockedPod('web-1'), blockedPod('web-2', { namespace: 'depot' }));
    await eventually('a suspension', () => world.record().length === 1);
    expect(world.record()[0]).not.toHaveProperty('namespace');
    world.pods.splice(0);
    now += 11 * 60_000;
    const { failingSince: _since, waitingReason: _reason, ...agent } = blockedAgent();
    world.pods.push(blockedPod('web-3', { createdAt: now, agent: { ...agent, runningSince: now } }));
    now += 60_000;
    await eventually('its end', () => world.record()[0]?.resumedAt !== undefined);
    await eventually('word of it', () => world.notices.length === 2);
    expect(world.notices[1]).toMatchObject({ kind: 'injection', phase: 'Resolved' });
  });
});
