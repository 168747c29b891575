import { expect, test } from 'vitest';
import { policy } from '#test/support/deciding.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import { limits, noon, owner, pod, shopWorkload, snapshot } from '#test/support/snapshots.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import type { PolicySnapshot } from './model/policy.ts';
import { makeWatchdog, startWatchdog, type WatchdogOptions } from './watchdog.ts';

interface World {
  readonly policies: readonly PolicySnapshot[];
  leads: boolean;
  excluded: readonly string[];
  suspended: boolean;
  eviction: KubeAnswer<object>;
}

const bare = ['1', '2', '3'].map((number) =>
  pod({ name: `web-abc-${number}`, uid: `pod-${number}`, injected: false, lacksAgent: 'by-default' }),
);

/** A watchdog over three pods without the agent, and what it did. */
function watch(more: Partial<World> = {}) {
  const world: World = {
    policies: [],
    leads: true,
    excluded: [],
    suspended: false,
    eviction: { ok: true, status: 201, body: {} },
    ...more,
  };
  const told: string[] = [];
  let now = noon;
  const answer = ({ method, path }: KubeRequest): KubeAnswer<object> => {
    if (method === 'POST') return world.eviction;
    const name = path.split('/').at(-1) ?? '';
    const labels = { 'infra-autopilot.io/autopilot': 'enabled' };
    if (path.includes('/pods/')) {
      const uid = bare.find((one) => one.name === name)?.uid ?? '';
      return { ok: true, status: 200, body: { metadata: { name, uid }, spec: { containers: [{ name: 'app' }] } } };
    }
    return { ok: true, status: 200, body: { metadata: { name, uid: `${name}-uid`, labels } } };
  };
  const transport = scriptedTransport(answer);
  const metrics = makeMetrics('controller');
  const options: WatchdogOptions = {
    cluster: {
      notReady: () => undefined,
      podsWithoutAgent: () => bare,
      workloadUidOfPod: () => shopWorkload.uid,
      snapshotOf: () => snapshot({ pods: bare, owner: owner(), policies: world.policies, contactAt: now }),
      allPolicies: () => world.policies,
      injectingSince: () => noon - 3_600_000,
    },
    excludedNamespaces: new Set(world.excluded),
    isSuspendedIn: () => world.suspended,
    transport,
    agents: { send: () => Promise.reject(new Error('no agent is asked')), powersOf: () => [] } as never,
    events: {
      warn: (_namespace, { name }, reason) => void told.push(`${reason} ${name}`),
      warnOn: (_namespace, { name }, reason) => void told.push(`${reason} ${name}`),
    },
    limits,
    release: { namespace: 'autopilot-system', deployment: 'autopilot-controller' },
    leads: () => world.leads,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    metrics,
    log: makeLogger('controller', 'silent'),
  };
  const watchdog = makeWatchdog(options);
  return {
    told,
    options,
    round: async (seconds = 0): Promise<void> => {
      now += seconds * 1000;
      await watchdog.round(AbortSignal.timeout(10_000));
    },
    evictions: () => transport.requests.filter(({ method }) => method === 'POST').length,
    count: async (recreation: string): Promise<number | undefined> => {
      const { values } = (await metrics.registry.getSingleMetric('autopilot_pods_without_agent')?.get()) ?? {
        values: [],
      };
      return values.find(({ labels }) => labels['recreation'] === recreation)?.value;
    },
  };
}

const evict = policy({ recreate: 'Evict' });

test('counts pods without the agent and tells of them once', async () => {
  const { round, told, count, evictions } = watch();
  await round();
  await round(5);
  expect(await count('never')).toBe(3);
  expect(told).toEqual(['AgentMissing web']);
  expect(evictions()).toBe(0);
});

test('evicts at most one within ten seconds', async () => {
  const { round, told, count, evictions } = watch({ policies: [evict] });
  await round();
  await round(5);
  expect(evictions()).toBe(1);
  await round(5);
  expect(evictions()).toBe(2);
  expect(await count('due')).toBe(3);
  expect(told.slice(0, 3)).toEqual(['AgentMissing web', 'AgentRecreation web-abc-1', 'AgentRecreation web']);
});

test('evicts nothing while injection is suspended: the next pod would carry no agent either', async () => {
  const { round, count, evictions } = watch({ policies: [evict], suspended: true });
  await round();
  await round(60);
  expect(evictions()).toBe(0);
  expect(await count('held')).toBe(3);
});

test('gives a disruption budget that refused a minute', async () => {
  const { round, evictions } = watch({
    policies: [evict],
    eviction: refusal(429, 'TooManyRequests', ['DisruptionBudget']),
  });
  await round();
  await round(50);
  expect(evictions()).toBe(1);
  await round(10);
  expect(evictions()).toBe(2);
});

test('is not stopped by an API server that fails', async () => {
  const { round, evictions } = watch({ policies: [evict], eviction: refusal(500) });
  await round();
  await round(60);
  expect(evictions()).toBe(2);
});

test('counts and does nothing on a standby', async () => {
  const { round, told, count, evictions } = watch({ policies: [evict], leads: false });
  await round();
  expect([await count('due'), told, evictions()]).toEqual([0, [], 0]);
});

test('leaves namespaces alone that the webhook leaves alone', async () => {
  const { round, told, count } = watch({ excluded: ['shop'] });
  await round();
  expect([await count('never'), told]).toEqual([0, []]);
});

test('goes round again after a round that failed', async () => {
  const { options } = watch();
  let rounds = 0;
  const again = Promise.withResolvers<void>();
  const watchdog = startWatchdog({
    ...options,
    cluster: {
      ...options.cluster,
      podsWithoutAgent: () => {
        rounds += 1;
        if (rounds === 1) throw new TypeError('a rule that throws');
        again.resolve();
        return [];
      },
    },
    clock: { now: () => noon, sleep: () => new Promise((resolve) => setImmediate(resolve)) },
  });
  await again.promise;
  await watchdog.stop();
  expect(rounds).toBeGreaterThan(1);
});
