import { expect, test } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import type { PodSnapshot } from '../../model/snapshot.ts';
import { makeInterner } from './intern.ts';
import { projectPod } from './pod.ts';
import type { RawContainer, RawContainerStatus, RawPod } from './raw-pod.ts';

const now = Date.UTC(2026, 0, 1, 12);
const created = '2026-01-01T11:59:00Z';

function project(pod: RawPod, previous?: PodSnapshot, observedAt = now): PodSnapshot {
  const metadata = { namespace: 'shop', name: 'web-1', uid: 'pod-1', creationTimestamp: created, ...pod.metadata };
  return projectPod({ ...pod, metadata } as RawPod, previous, observedAt);
}

const app = (container: Partial<RawContainer>, status: Partial<RawContainerStatus> = {}): RawPod => ({
  spec: { containers: [{ name: 'app', ...container }] },
  status: { containerStatuses: [{ name: 'app', ...status }] },
});
const waiting = (reason: string) => app({}, { state: { waiting: { reason } } });
const annotated = (key: string, value: string): RawPod => ({
  metadata: { annotations: { [`infra-autopilot.io/${key}`]: value } },
});

test('has no field for what there is nothing to say of', () => {
  const { containers, ...rest } = project(app({}));
  expect(Object.keys(rest)).not.toContain('finalizers');
  expect(JSON.parse(JSON.stringify(rest))).toEqual({
    namespace: 'shop',
    name: 'web-1',
    uid: 'pod-1',
    labels: {},
    createdAt: now - 60_000,
    phase: 'Unknown',
    terminating: false,
    templateHash: '',
    mirror: false,
    paused: false,
    injected: false,
    lacksAgent: 'by-default',
    localData: [],
    graceSeconds: 30,
    ready: false,
  });
  expect(containers).toEqual([
    { name: 'app', image: '', restartCount: 0, state: 'unknown', exits: [], pullFailures: 0 },
  ]);
});

test('reads why a pod ended, that it is being deleted, and what holds that', () => {
  const pod = project({
    metadata: { deletionTimestamp: '2026-01-01T12:00:30Z', finalizers: ['example.com/hold'] },
    spec: { terminationGracePeriodSeconds: 7 },
    status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
  });
  expect(pod).toMatchObject({
    terminating: true,
    deletionDueAt: now + 30_000,
    finalizers: ['example.com/hold'],
    graceSeconds: 7,
    statusReason: 'Evicted',
    statusMessage: 'low on memory',
  });
});

test('tells a pod for which there is no node from one that is not to be scheduled yet', () => {
  const scheduled = { type: 'PodScheduled', status: 'False', message: '0/3 nodes', lastTransitionTime: created };
  const unschedulable = { ...scheduled, reason: 'Unschedulable' };
  expect(project({ status: { conditions: [unschedulable] } }).unschedulable).toEqual({
    since: now - 60_000,
    message: '0/3 nodes',
  });
  const gated = { ...scheduled, reason: 'SchedulingGated' };
  expect(project({ status: { conditions: [gated] } }).unschedulable).toBeUndefined();
});

test('says since when a container waits, from the first sight of the reason', () => {
  const first = project(waiting('ContainerCreating'));
  expect(first.containers[0]?.waitingSince).toBe(now - 60_000);
  const second = project(waiting('CreateContainerConfigError'), first, now + 5_000);
  expect(second.containers[0]?.waitingSince).toBe(now + 5_000);
  const third = project(waiting('CreateContainerConfigError'), second, now + 9_000);
  expect(third.containers[0]?.waitingSince).toBe(now + 5_000);
  const running = project(app({}, { state: { running: {} } }), third, now + 10_000);
  expect(running.containers[0]?.waitingSince).toBeUndefined();
  expect(project(waiting('CrashLoopBackOff')).containers[0]?.waitingSince).toBe(now);
});

test('tells init containers from sidecars', () => {
  const initContainers = [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }];
  const pod = project({ spec: { initContainers, containers: [{ name: 'app' }] } });
  expect(pod.containers.map(({ name, init }) => [name, init])).toEqual([
    ['migrate', true],
    ['proxy', undefined],
    ['app', undefined],
  ]);
});

test('reads the startup probe, whether it has succeeded, and the memory limit that is in force', () => {
  const container = { startupProbe: { periodSeconds: 5 }, resources: { limits: { memory: '64Mi' } } };
  expect(project(app(container, { started: false })).containers[0]).toMatchObject({
    startup: { periodSeconds: 5, failureThreshold: 3 },
    started: false,
    memoryLimitBytes: 67_108_864,
  });
  const resized = project(app(container, { resources: { limits: { memory: '128Mi' } } }));
  expect(resized.containers[0]?.memoryLimitBytes).toBe(134_217_728);
});

test('keeps the id of a container that runs, where an agent looks for it', () => {
  const id = 'a'.repeat(64);
  const status = { containerID: `containerd://${id}`, state: { running: {} } };
  const carrying = (raw: RawPod): RawPod => ({ ...raw, ...annotated('injected', 'agent:1') });
  expect(project(carrying(app({}, status))).containers[0]?.containerId).toBe(id);
  expect(project(app({}, status)).containers[0]).not.toHaveProperty('containerId');
  const ended = { containerID: `containerd://${id}`, state: { terminated: { exitCode: 1 } } };
  expect(project(carrying(app({}, ended))).containers[0]).not.toHaveProperty('containerId');
  const odd = { containerID: 'containerd://../..', state: { running: {} } };
  expect(project(carrying(app({}, odd))).containers[0]).not.toHaveProperty('containerId');
});

test('sees whether the pod carries the agent, has a cache, and its own idea of a hang', () => {
  expect(project({ spec: { initContainers: [{ name: agentContainerName }] } }).injected).toBe(true);
  expect(project(annotated('injected', 'agent:1')).injected).toBe(true);
  expect(project(annotated('cache-volumes', 'cache')).cache).toBe(true);
  expect(project(annotated('cache-paths', '/var/cache')).cache).toBe(true);
  expect(project(annotated('cache-volumes', ' ')).cache).toBeUndefined();
  expect(project(annotated('hang-seconds', '1.5')).hangSeconds).toBe(1.5);
});

test('keeps what the pods of a template have in common once', () => {
  const interner = makeInterner(100);
  const raw = (name: string): RawPod => ({
    metadata: {
      name,
      labels: { app: 'web' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'rs', controller: true }],
    },
    ...app({ livenessProbe: {} }),
  });
  const [one, other] = ['web-1', 'web-2'].map((name) => projectPod(raw(name), undefined, now, interner));
  expect(one?.labels).toBe(other?.labels);
  expect(one?.controller).toBe(other?.controller);
  expect(one?.containers[0]?.liveness).toBe(other?.containers[0]?.liveness);
  expect(one?.containers[0]?.exits).toBe(other?.containers[0]?.exits);
});
