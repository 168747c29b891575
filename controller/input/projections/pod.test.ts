import { expect, test } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import type { PodSnapshot } from '../../model/snapshot.ts';
import { projectPod } from './pod.ts';
import type { RawContainerStatus, RawPod } from './raw-pod.ts';

const now = Date.UTC(2026, 0, 1, 12);
const iso = (secondsAgo: number): string => new Date(now - secondsAgo * 1000).toISOString();

function raw(status: RawContainerStatus, more: Partial<RawPod> = {}): RawPod {
  return {
    metadata: { namespace: 'shop', name: 'web-abc-1', uid: 'pod-1', labels: { 'pod-template-hash': 'abc' } },
    spec: { containers: [{ name: 'app', image: 'shop/web:1' }] },
    status: { phase: 'Running', containerStatuses: [status] },
    ...more,
  };
}

function project(status: RawContainerStatus, previous?: PodSnapshot): PodSnapshot {
  return projectPod(raw(status), previous, now);
}

const terminated = (id: string, secondsAgo: number, reason = 'Error') => ({
  containerID: id,
  exitCode: 1,
  reason,
  finishedAt: iso(secondsAgo),
});
const waiting = (reason: string): RawContainerStatus => ({ name: 'app', state: { waiting: { reason } } });

test('remembers exits that the API has already forgotten, each once', () => {
  const first = project({ name: 'app', state: { running: {} }, lastState: { terminated: terminated('one', 50) } });
  const second = project(
    { name: 'app', state: { terminated: terminated('two', 20) }, lastState: { terminated: terminated('one', 50) } },
    first,
  );
  const third = project({ ...waiting('CrashLoopBackOff'), lastState: { terminated: terminated('two', 20) } }, second);
  expect(
    third.containers[0]?.exits.map(({ containerId, finishedAt }) => [containerId, (now - finishedAt) / 1000]),
  ).toEqual([
    ['one', 50],
    ['two', 20],
  ]);
});

test('keeps no more than three exits', () => {
  let known: PodSnapshot | undefined;
  for (let exit = 0; exit < 9; exit += 1)
    known = project({ name: 'app', state: { terminated: terminated(`${exit}`, 90 - exit) } }, known);
  expect(known?.containers[0]?.exits.map(({ containerId }) => containerId)).toEqual(['6', '7', '8']);
});

test('forgets everything when a pod of the same name is another pod', () => {
  const old = project({ name: 'app', state: { terminated: terminated('one', 50) } });
  expect(project({ name: 'app', state: { running: {} } }, { ...old, uid: 'other' }).containers[0]?.exits).toEqual([]);
});

test('counts each failed pull once and forgets them when the image appears', () => {
  const counts: (number | undefined)[] = [];
  let known: PodSnapshot | undefined;
  for (const reason of [
    'ErrImagePull',
    'ErrImagePull',
    'ImagePullBackOff',
    'ImagePullBackOff',
    'ErrImagePull',
    'ContainerCreating',
  ]) {
    known = project(waiting(reason), known);
    counts.push(known.containers[0]?.pullFailures);
  }
  expect(counts).toEqual([1, 1, 1, 1, 2, 0]);
});

test('takes a backoff that is seen first for one failed pull', () => {
  expect(project(waiting('ImagePullBackOff')).containers[0]?.pullFailures).toBe(1);
});

test('keeps a failed pull’s message up to its end, where the cause stands', () => {
  const image = '"registry.example.com/team/a-service-with-a-long-name:1.0.0"';
  const message = `Back-off pulling image ${image}: ErrImagePull: failed to pull and unpack image ${image}: failed to resolve reference ${image}: failed to do request: Head "https://registry.example.com/v2/team/a-service-with-a-long-name/manifests/1.0.0": dial tcp 127.0.0.1:443: connect: connection refused`;
  const status = { name: 'app', state: { waiting: { reason: 'ImagePullBackOff', message } } };
  expect(project(status).containers[0]?.waitingMessage).toBe(message);
});

test('does not mistake the injected agent for the app', () => {
  const pod = projectPod(
    {
      ...raw({ name: 'app', state: { running: { startedAt: iso(5) } } }),
      spec: { containers: [{ name: 'app' }], initContainers: [{ name: agentContainerName }, { name: 'migrate' }] },
      status: {
        initContainerStatuses: [{ ...waiting('CrashLoopBackOff'), name: agentContainerName, restartCount: 9 }],
      },
    } as RawPod,
    undefined,
    now,
  );
  expect(pod.containers.map(({ name }) => name)).toEqual(['migrate', 'app']);
});

const volumes = [
  { name: 'scratch', emptyDir: {} },
  { name: 'memory', emptyDir: { medium: 'Memory' } },
  { name: 'claim' },
  { name: 'ephemeral', ephemeral: {} },
  { name: 'agents', emptyDir: {} },
  { name: 'unused', emptyDir: {} },
];
const withVolumes: RawPod['spec'] = {
  volumes,
  containers: [{ name: 'app', volumeMounts: ['scratch', 'memory', 'claim', 'ephemeral'].map((name) => ({ name })) }],
  initContainers: [{ name: agentContainerName, volumeMounts: [{ name: 'agents' }] }],
};

test('counts as local data what an eviction would lose and the app mounts', () => {
  const pod = projectPod({ ...raw({ name: 'app' }), ...(withVolumes ? { spec: withVolumes } : {}) }, undefined, now);
  expect(pod.localData).toEqual(['scratch', 'ephemeral']);
});

test('counts no local data where the pod says that it is disposable', () => {
  const metadata = { annotations: { 'infra-autopilot.io/local-data': 'disposable' } };
  expect(
    projectPod(
      { ...raw({ name: 'app' }), ...(withVolumes ? { spec: withVolumes } : {}), metadata } as RawPod,
      undefined,
      now,
    ).localData,
  ).toEqual([]);
});

test('fills in the defaults of a probe', () => {
  const spec = {
    containers: [{ name: 'app', livenessProbe: {}, readinessProbe: { periodSeconds: 2, failureThreshold: 1 } }],
  };
  expect(projectPod(raw({ name: 'app' }, { spec }), undefined, now).containers[0]).toMatchObject({
    liveness: { periodSeconds: 10, failureThreshold: 3 },
    readiness: { periodSeconds: 2, failureThreshold: 1 },
  });
});

test('reads a pod that has nothing in it', () => {
  expect(projectPod({}, undefined, now)).toMatchObject({
    ready: false,
    terminating: false,
    containers: [],
    templateHash: '',
  });
});

const inject = (word: string) => ({ annotations: { 'infra-autopilot.io/inject': word } });
const token = { name: 'agent', projected: { sources: [{ serviceAccountToken: { audience: 'infra-autopilot' } }] } };
const carried = { volumes: [token], initContainers: [{ name: 'agent', volumeMounts: [{ name: 'agent' }] }] };

test.each<[string, PodSnapshot['lacksAgent'], object, object]>([
  ['says nothing', 'by-default', {}, {}],
  ['asks for it itself', 'by-own-word', inject('true'), {}],
  ['wants none', undefined, inject('false'), {}],
  ['carries it', undefined, {}, carried],
  ['is on the node’s network', undefined, {}, { hostNetwork: true }],
])('tells by the webhook’s rule whether a pod lacks the agent that %s', (_name, lacks, metadata, spec) => {
  const pod = { metadata: { name: 'web', ...metadata }, spec: { containers: [{ name: 'app' }], ...spec } };
  expect(projectPod(pod, undefined, now).lacksAgent).toBe(lacks);
});
