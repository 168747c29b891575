import fc, { type Arbitrary } from 'fast-check';
import type {
  AgentSnapshot,
  ContainerSnapshot,
  EventSnapshot,
  PodSnapshot,
  WorkloadSnapshot,
} from '../../controller/model/snapshot.ts';
import { agent, container, exit, noon, owner, pod, snapshot } from './snapshots.ts';

/** Some moment in the last quarter of an hour, often just now: limits of seconds and of minutes are both met. */
const lately = fc
  .oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 900_000 }))
  .map((before) => noon - before);
const longAgo = fc.integer({ min: 900_000, max: 3_600_000 }).map((before) => noon - before);
const seldom = fc.nat({ max: 4 }).map((drawn) => drawn === 0);
const threshold = fc.record({
  periodSeconds: fc.integer({ min: 1, max: 10 }),
  failureThreshold: fc.integer({ min: 1, max: 5 }),
});
const probes = { liveness: threshold, readiness: threshold, startup: threshold };
const waitingReasons = [
  'ContainerCreating',
  'PodInitializing',
  'CrashLoopBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
];
const texts = [
  'secret "x" not found',
  'Liveness probe failed: HTTP probe failed with statuscode: 500',
  'Startup probe failed: dial tcp: connection refused',
  'exceeded quota',
  '',
];

const anyExit = fc
  .record({
    at: lately,
    exitCode: fc.constantFrom(0, 1, 126, 127, 137, 139, 143),
    reason: fc.constantFrom('OOMKilled', 'Error', 'Completed'),
  })
  .map(({ at, ...more }) => exit(at, more));

const anyContainer: Arbitrary<ContainerSnapshot> = fc
  .record(
    {
      state: fc.constantFrom('waiting', 'running', 'terminated', 'unknown'),
      waitingReason: fc.constantFrom(...waitingReasons),
      waitingMessage: fc.constantFrom(...texts),
      waitingSince: lately,
      startedAt: fc.oneof(lately, longAgo),
      started: fc.boolean(),
      init: fc.constant(true),
      restartCount: fc.nat({ max: 5 }),
      exits: fc.array(anyExit, { maxLength: 3 }),
      pullFailures: fc.nat({ max: 3 }),
      pullFailingSince: lately,
      memoryLimitBytes: fc.constant(1000),
      ...probes,
    },
    { requiredKeys: [] },
  )
  .map((more) => container(more as Partial<ContainerSnapshot>));

const anyPod: Arbitrary<PodSnapshot> = fc
  .record(
    {
      phase: fc.constantFrom('Pending', 'Running', 'Running', 'Failed', 'Succeeded'),
      statusReason: fc.constant('Evicted'),
      terminating: seldom,
      deletionDueAt: lately,
      finalizers: fc.constant(['example.com/x']),
      unschedulable: fc.record({ since: lately, message: fc.constantFrom('Insufficient cpu', '') }),
      hangSeconds: fc.integer({ min: 1, max: 60 }),
      ready: fc.boolean(),
      containers: fc.array(anyContainer, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: [] },
  )
  .map((more) => pod(more as Partial<PodSnapshot>));

const anyEvent: Arbitrary<EventSnapshot> = fc.record({
  reason: fc.constantFrom('Unhealthy', 'FailedMount', 'FailedCreate', 'FailedCreatePodSandBox', 'Failed', 'Evicted'),
  message: fc.constantFrom(...texts),
  count: fc.integer({ min: 1, max: 9 }),
  firstAt: lately,
  lastAt: lately,
});

const anyAgent: Arbitrary<AgentSnapshot> = fc
  .record({
    probes: fc.array(
      fc.record({
        container: fc.constant('app'),
        probe: fc.constantFrom('liveness', 'readiness'),
        state: fc.constantFrom('unknown', 'succeeding', 'failing'),
        failure: fc.constantFrom('timeout', 'refused', 'status', 'closed'),
        consecutiveFailures: fc.nat({ max: 99 }),
        receivedAt: lately,
        failingSince: lately,
        lastSuccessAt: lately,
      }),
      { maxLength: 2 },
    ),
    forecasts: fc.array(
      fc.record({
        container: fc.constant('app'),
        usedBytes: fc.constant(900),
        limitBytes: fc.constant(1000),
        secondsLeft: fc.nat({ max: 200 }),
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
        receivedAt: lately,
      }),
      { maxLength: 1 },
    ),
    vanished: fc.array(fc.record({ container: fc.constant('app'), at: lately, receivedAt: lately }), { maxLength: 1 }),
  })
  .map((more) => agent(more as Partial<AgentSnapshot>));

/** A workload in any state, likely or not. */
export const anySnapshot: Arbitrary<WorkloadSnapshot> = fc
  .record({
    pods: fc.array(anyPod, { maxLength: 3 }),
    said: fc.array(anyEvent, { maxLength: 3 }),
    refused: fc.array(anyEvent, { maxLength: 2 }),
    reported: anyAgent,
    node: fc.record({
      name: fc.constant('node-a'),
      ready: seldom.map((unready) => !unready),
      since: lately,
      message: fc.constant(''),
    }),
    stalled: fc.option(
      fc.record({ reason: fc.constant('ProgressDeadlineExceeded'), message: fc.constant(''), since: lately }),
    ),
  })
  .map(({ pods, said, refused, reported, node, stalled }) => {
    const named = pods.map((one, index) => ({ ...one, uid: `pod-${index}`, name: `web-abc-${index}` }));
    return snapshot({
      pods: named,
      events: new Map([...named.map(({ uid }) => [uid, said] as const), ['web-uid', refused] as const]),
      agents: new Map(named.map(({ uid }) => [uid, reported])),
      nodes: new Map([[node.name, node]]),
      owner: owner(stalled === null ? {} : { stalled }),
    });
  });

const wellContainer: Arbitrary<ContainerSnapshot> = fc
  .record(probes, { requiredKeys: [] })
  .chain((declared) =>
    fc.record({
      startedAt: fc.constant(noon - 3_600_000),
      exits: fc.constantFrom([], [exit(noon - 3_700_000, { exitCode: 137, reason: 'OOMKilled' })]),
      restartCount: fc.nat({ max: 9 }),
      declared: fc.constant(declared),
    }),
  )
  .map(({ declared, ...more }) => container({ ...declared, ...more, started: true, memoryLimitBytes: 1000 }));

/** A workload that is well, whatever happened to it earlier and whatever events still say about that. */
export const wellSnapshot: Arbitrary<WorkloadSnapshot> = fc
  .record({
    containers: fc.array(wellContainer, { minLength: 1, maxLength: 3 }),
    said: fc.array(anyEvent, { maxLength: 4 }),
    probe: fc.constantFrom('liveness', 'readiness'),
    state: fc.constantFrom('succeeding', 'unknown'),
  })
  .map(({ containers, said, probe, state }) => {
    const well = pod({ containers });
    const seen = {
      container: 'app',
      probe,
      state,
      consecutiveFailures: 0,
      receivedAt: noon,
      lastSuccessAt: noon,
    } as const;
    return snapshot({
      pods: [well],
      events: new Map([well.uid, 'rs-uid', 'web-uid'].map((uid) => [uid, said])),
      agents: new Map([[well.uid, agent({ probes: [seen] })]]),
      nodes: new Map([['node-a', { name: 'node-a', ready: true, since: noon - 3_600_000, message: '' }]]),
    });
  });
