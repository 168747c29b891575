import { expect, test, vi } from 'vitest';
import { failingPod, limits, noon, owner, pod, snapshot } from '#test/support/snapshots.ts';
import { at, past } from '#test/support/deciding.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import { autopilotLabel } from '#contract/annotations.ts';
import type { Incident } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import { detectors } from './detectors/index.ts';
import { makeIncidentRecorder } from './execute/record.ts';
import { handlers } from './handlers/index.ts';
import { makeRecentActivity } from './input/recent-activity.ts';
import { makeLoop, type LoopOptions } from './loop.ts';
import type { WorkloadSnapshot } from './model/snapshot.ts';

const { signal } = new AbortController();
const iso = new Date(noon - 5_000).toISOString();
const lastState = { terminated: { exitCode: 1, finishedAt: iso } };
const livePod = {
  metadata: { namespace: 'shop', name: 'web-abc-1', uid: 'pod-1' },
  spec: { containers: [{ name: 'app' }] },
  status: { containerStatuses: [{ name: 'app', state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState }] },
};
const ok = (body: unknown): KubeAnswer<unknown> => ({ ok: true, status: 200, body });

/** What the executors read before they act, by the end of its path. */
const objects: Readonly<Record<string, unknown>> = {
  'pods/web-abc-1': livePod,
  'namespaces/shop': { metadata: { name: 'shop', labels: { [autopilotLabel]: 'enabled' } } },
  'deployments/web': {
    metadata: { name: 'web', namespace: 'shop', uid: 'web-uid', resourceVersion: '9' },
    spec: { replicas: 4, template: {} },
  },
  'namespaces/autopilot': { metadata: { name: 'autopilot' } },
  'deployments/controller': { metadata: { name: 'controller' } },
};

/** An API server with one incident's worth of memory: every write gets the next version. */
function setUp(
  world: Partial<WorkloadSnapshot>,
  override?: (request: KubeRequest) => KubeAnswer<unknown> | undefined,
  more: Partial<LoopOptions> = {},
) {
  let version = 7;
  const told: string[] = [];
  const rechecks: number[] = [];
  /** Writes and acts, and what is reserved at each. */
  const trail: string[] = [];
  const activity = makeRecentActivity();
  let releases = 0;
  let incidents: Incident[] = [...(world.incidents ?? [])];
  const reserved = (): number => activity.at(noon).actions.length;
  const transport = scriptedTransport((request) => {
    if (request.method !== 'GET') trail.push(`${request.path.split('/').at(-1) ?? ''}: ${reserved()}`);
    const other = override?.(request);
    if (other) return other;
    const object = objects[request.path.split('/').slice(-2).join('/')];
    if (object !== undefined) return ok(request.method === 'GET' ? object : {});
    if (!request.path.includes('/incidents')) return ok({});
    const body = request.body as Incident;
    version += 1;
    return ok({ ...body, metadata: { ...body.metadata, uid: 'new', resourceVersion: `${version}` } });
  });
  const loop = makeLoop({
    cluster: {
      snapshotOf: () => snapshot({ pods: [failingPod()], ...world, incidents }),
      incidentWritten: (incident) => {
        incidents = [...incidents.filter(({ metadata }) => metadata.name !== incident.metadata.name), incident];
      },
      reserve: (action) => {
        const release = activity.reserve(action);
        return () => {
          if (reserved() > 0) releases += 1;
          release();
        };
      },
    },
    transport,
    agents: { send: () => Promise.resolve(undefined) },
    recorder: makeIncidentRecorder(transport),
    announce: ({ after }) => void told.push(after.phase),
    detectors,
    handlers,
    limits,
    release: { namespace: 'autopilot', deployment: 'controller' },
    epoch: () => 1,
    readLog: () => Promise.resolve([]),
    minuteBefore: ({ pod: failing }) => (failing?.uid === 'pod-1' ? ['cpu pressure 45 %'] : []),
    clock: { now: () => noon, sleep: () => Promise.resolve() },
    log: makeLogger('test', 'silent'),
    metrics: makeMetrics('controller'),
    again: (_uid, milliseconds) => void rechecks.push(milliseconds),
    ...more,
  });
  const asked = (what: (request: KubeRequest) => boolean): string[] =>
    transport.requests.filter(what).map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`);
  /** Without the reads of the executors, which have tests of their own. */
  const calls = (): string[] => asked(({ method, path }) => method !== 'GET' || path.includes('/pods/'));
  const evictions = (): number => calls().filter((call) => call.endsWith('eviction')).length;
  return {
    loop,
    calls,
    evictions,
    told,
    rechecks,
    trail,
    reserved,
    requests: transport.requests,
    releases: () => releases,
    incidents: () => incidents,
  };
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
  const { loop, evictions } = setUp({});
  await loop.look('web-uid', signal);
  await loop.look('web-uid', signal);
  expect(evictions()).toBe(1);
});

test('does not act when someone else wrote the incident first, and looks again', async () => {
  const { loop, evictions, rechecks } = setUp({}, ({ method }) => {
    if (method === 'GET') return refusal(404);
    return method === 'PUT' ? refusal(409, 'Conflict') : undefined;
  });
  await loop.look('web-uid', signal);
  expect(evictions()).toBe(0);
  expect(rechecks).toContain(250);
});

test('does not act when the intent could not be stored', async () => {
  const { loop, evictions } = setUp({}, ({ method }) => (method === 'PUT' ? refusal(500) : undefined));
  await expect(loop.look('web-uid', signal)).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
  expect(evictions()).toBe(0);
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
  const before = failingPod({ containers: failingPod().containers.map((one) => ({ ...one, exits: [] })) });
  const { loop, evictions, told } = setUp({ pods: [before] }, ({ method, path }) =>
    method === 'GET' && path.includes('/pods/') ? { ok: true, status: 200, body: recovered } : undefined,
  );
  await loop.look('web-uid', signal);
  expect(evictions()).toBe(0);
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
  const { loop, requests } = setUp({ mode: 'disabled' });
  await loop.look('web-uid', signal);
  expect(requests).toEqual([]);
});

test('does nothing while another leads', async () => {
  const { loop, requests, rechecks } = setUp({}, undefined, { epoch: () => undefined });
  await loop.look('web-uid', signal);
  expect(requests).toEqual([]);
  expect(rechecks).toEqual([]);
});

test('does not act when the lead is lost while the intent is being written', async () => {
  let leading = true;
  const lose = ({ method }: KubeRequest): undefined => void (leading = leading && method !== 'PUT');
  const { loop, evictions, told } = setUp({}, lose, { epoch: () => (leading ? 1 : undefined) });
  await loop.look('web-uid', signal);
  expect(evictions()).toBe(0);
  expect(told).toEqual(['Acting', 'Held']);
});

test('has an action counted from the decision on until its intent is stored, and not longer', async () => {
  const { loop, trail, releases, reserved } = setUp({});
  const looking = loop.look('web-uid', signal);
  expect(reserved()).toBe(1);
  await looking;
  expect(trail).toEqual(['incidents: 1', 'status: 1', 'eviction: 0', 'status: 0']);
  expect(releases()).toBe(1);
});

const failures: readonly [what: string, answer: KubeAnswer<unknown>][] = [
  ['is refused', refusal(500)],
  ['loses against another', refusal(409, 'Conflict')],
];

test.each(failures)('gives the place of an action back when the write of its intent %s', async (_what, answer) => {
  const { loop, releases, reserved } = setUp({}, ({ method }) => (method === 'POST' ? answer : undefined));
  await loop.look('web-uid', signal).catch(() => undefined);
  expect(reserved()).toBe(0);
  expect(releases()).toBe(1);
});

test('reserves nothing where nothing is done', async () => {
  const { loop, trail } = setUp({ pausedBy: 'owner' });
  await loop.look('web-uid', signal);
  expect(trail).toEqual(['incidents: 0', 'status: 0']);
});

test('adds to an observation what the API server says of a rehearsal, once', async () => {
  const { loop, incidents, requests } = setUp({ mode: 'observe' });
  await loop.look('web-uid', signal);
  const [status] = incidents().map((one) => one.status);
  expect(status?.message).toBe(
    'Would evict pod web-abc-1, so that a new one takes its place. The API server would allow the eviction of pod web-abc-1.',
  );
  expect(status?.timeline.at(-1)?.message).toBe(status?.message);
  const asked = requests.length;
  await loop.look('web-uid', signal);
  expect(requests).toHaveLength(asked);
});

test('reads the log of a container that ended once, and keeps it, as it does what its agent recorded', async () => {
  let reads = 0;
  const readLog = (): Promise<readonly string[]> => Promise.resolve([`line ${(reads += 1)}`]);
  const { loop, incidents } = setUp({}, undefined, { readLog });
  for (let looks = 0; looks < 2; looks += 1) await loop.look('web-uid', signal);
  expect(incidents()[0]?.status).toMatchObject({
    phase: 'Verifying',
    evidence: { log: ['line 1'], minuteBefore: ['cpu pressure 45 %'] },
  });
  expect(reads).toBe(1);
});

test('does not keep a workload down for a log that is slow to come, and keeps it all the same', async () => {
  let arrive: (lines: readonly string[]) => void = () => undefined;
  const readLog = (): Promise<readonly string[]> => new Promise((resolve) => (arrive = resolve));
  const { loop, incidents, evictions } = setUp({}, undefined, { readLog });
  const looked = loop.look('web-uid', signal);
  await vi.waitFor(() => expect(evictions()).toBe(1));
  arrive(['late']);
  await looked;
  expect(incidents()[0]?.status).toMatchObject({ phase: 'Verifying', evidence: { log: ['late'] } });
});

test('keeps the log also where nothing is done', async () => {
  let reads = 0;
  const readLog = (): Promise<readonly string[]> => Promise.resolve([`line ${(reads += 1)}`]);
  const { loop, incidents } = setUp({ pausedBy: 'owner' }, undefined, { readLog });
  for (let looks = 0; looks < 3; looks += 1) await loop.look('web-uid', signal);
  expect(incidents()[0]?.status).toMatchObject({ phase: 'Held', evidence: { log: ['line 1'] } });
  expect(reads).toBe(1);
});

test('puts a surge back and says so, without making an attempt of it', async () => {
  const target = { kind: 'Deployment', name: 'web', uid: 'web-uid' } as const;
  const surged = past(600, 'surged', { surge: { target, from: 3, to: 4, until: microTime(at(-1)) } });
  const world = { pods: [pod()], owner: owner({ replicas: 4, surgedBy: 'surged' }), incidents: [surged] };
  const { loop, incidents } = setUp(world);
  await loop.look('web-uid', signal);
  expect(incidents()[0]?.status).toMatchObject({
    phase: 'Resolved',
    attempts: 1,
    surge: { ended: 'restored' },
    actions: [{ handler: 'restart-pod' }, { kinds: ['scale-replicas'], result: 'done' }],
  });
});
