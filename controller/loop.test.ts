import { expect, test } from 'vitest';
import { failingPod, limits, noon, snapshot } from '#test/support/snapshots.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import type { Incident } from '#contract/incident.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import { detectors } from './detectors/index.ts';
import { makeIncidentRecorder } from './execute/record.ts';
import { handlers } from './handlers/index.ts';
import { makeLoop } from './loop.ts';
import type { WorkloadSnapshot } from './model/snapshot.ts';

const { signal } = new AbortController();
const iso = new Date(noon - 5_000).toISOString();
const livePod = {
  metadata: { namespace: 'shop', name: 'web-abc-1', uid: 'pod-1' },
  spec: { containers: [{ name: 'app' }] },
  status: {
    containerStatuses: [
      {
        name: 'app',
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, finishedAt: iso } },
      },
    ],
  },
};

/** An API server with one incident's worth of memory: every write gets the next version. */
function setUp(world: Partial<WorkloadSnapshot>, override?: (request: KubeRequest) => KubeAnswer<unknown> | undefined) {
  let version = 0;
  const told: string[] = [];
  const rechecks: number[] = [];
  let incidents: Incident[] = [...(world.incidents ?? [])];
  const transport = scriptedTransport((request) => {
    const other = override?.(request);
    if (other) return other;
    if (request.path.includes('/pods/'))
      return { ok: true, status: 200, body: request.method === 'GET' ? livePod : {} };
    const body = request.body as Incident;
    version += 1;
    return {
      ok: true,
      status: 200,
      body: { ...body, metadata: { ...body.metadata, uid: 'new', resourceVersion: `${version}` } },
    };
  });
  const loop = makeLoop({
    cluster: {
      snapshotOf: () => snapshot({ pods: [failingPod()], ...world, incidents }),
      incidentWritten: (incident) => {
        incidents = [...incidents.filter(({ metadata }) => metadata.name !== incident.metadata.name), incident];
      },
    },
    transport,
    recorder: makeIncidentRecorder(transport),
    announce: (_incident, _before, after) => void told.push(after.phase),
    detectors,
    handlers,
    limits,
    clock: { now: () => noon, sleep: () => Promise.resolve() },
    log: makeLogger('test', 'silent'),
    metrics: makeMetrics('controller'),
    again: (_uid, milliseconds) => void rechecks.push(milliseconds),
  });
  const calls = (): string[] =>
    transport.requests.map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`);
  return { loop, calls, told, rechecks, incidents: () => incidents };
}

test('stores the intent before the act and the outcome after it', async () => {
  const { loop, calls, told, incidents } = setUp({});
  await loop.look('web-uid', signal);
  const name = incidents()[0]?.metadata.name ?? '';
  expect(calls()).toEqual([
    'POST shop/incidents',
    `PUT ${name}/status`,
    'GET pods/web-abc-1',
    'POST web-abc-1/eviction',
    `PUT ${name}/status`,
  ]);
  expect(told).toEqual(['Acting', 'Verifying']);
});

test('does not act a second time on a second look', async () => {
  const { loop, calls } = setUp({});
  await loop.look('web-uid', signal);
  await loop.look('web-uid', signal);
  expect(calls().filter((call) => call.endsWith('eviction'))).toHaveLength(1);
});

test('does not act when someone else wrote the incident first, and looks again', async () => {
  const { loop, calls, rechecks } = setUp({}, ({ method }) => {
    if (method === 'GET') return refusal(404);
    return method === 'PUT' ? refusal(409, 'Conflict') : undefined;
  });
  await loop.look('web-uid', signal);
  expect(calls().some((call) => call.endsWith('eviction'))).toBe(false);
  expect(rechecks).toContain(250);
});

test('does not act when the intent could not be stored', async () => {
  const { loop, calls } = setUp({}, ({ method }) => (method === 'PUT' ? refusal(500) : undefined));
  await expect(loop.look('web-uid', signal)).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
  expect(calls().some((call) => call.endsWith('eviction'))).toBe(false);
});

test('leaves the intent standing when the eviction had no answer, and carries it out on the next look', async () => {
  let failures = 1;
  const { loop, calls, told } = setUp({}, ({ path }) =>
    path.endsWith('/eviction') && failures-- > 0 ? refusal(503) : undefined,
  );
  await expect(loop.look('web-uid', signal)).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
  await loop.look('web-uid', signal);
  expect(told).toEqual(['Acting', 'Verifying']);
  expect(calls().filter((call) => call === 'POST shop/incidents')).toHaveLength(1);
});

test('lets a pod be that has recovered since the cache saw it', async () => {
  const recovered = {
    ...livePod,
    status: { containerStatuses: [{ name: 'app', state: { running: { startedAt: iso } } }] },
  };
  const past = failingPod({ containers: failingPod().containers.map((one) => ({ ...one, exits: [] })) });
  const { loop, calls, told } = setUp({ pods: [past] }, ({ method, path }) =>
    method === 'GET' && path.includes('/pods/') ? { ok: true, status: 200, body: recovered } : undefined,
  );
  await loop.look('web-uid', signal);
  expect(calls().some((call) => call.endsWith('eviction'))).toBe(false);
  expect(told).toEqual(['Acting', 'Held']);
});

test('lets a pod be that serves again since it was judged', async () => {
  const ready = {
    ...livePod,
    status: { ...livePod.status, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: iso }] },
  };
  const { loop, told } = setUp({}, ({ method, path }) =>
    method === 'GET' && path.includes('/pods/') ? { ok: true, status: 200, body: ready } : undefined,
  );
  await loop.look('web-uid', signal);
  expect(told).toEqual(['Acting', 'Held']);
});

test('asks the API nothing about a namespace that is off', async () => {
  const { loop, calls } = setUp({ mode: 'disabled' });
  await loop.look('web-uid', signal);
  expect(calls()).toEqual([]);
});
