import { describe, expect, test } from 'vitest';
import { agentContainerName, restartAllExitCode } from '#contract/annotations.ts';
import { projectAgentContainer } from './agent-container.ts';
import type { RawContainerStatus, RawPod } from './raw-pod.ts';

const now = Date.UTC(2026, 0, 1, 12);
const iso = (secondsAgo: number): string => new Date(now - secondsAgo * 1000).toISOString();
const image = 'registry/agent:1';

function raw(agent: Partial<RawContainerStatus> = {}, more: Partial<NonNullable<RawPod['status']>> = {}): RawPod {
  return {
    spec: {
      initContainers: [{ name: 'migrate' }, { name: agentContainerName, image, restartPolicy: 'Always' }],
      containers: [{ name: 'app' }],
    },
    status: {
      conditions: [{ type: 'PodReadyToStartContainers', status: 'True', lastTransitionTime: iso(400) }],
      ...more,
      initContainerStatuses: [
        { name: 'migrate', state: { terminated: { exitCode: 0, finishedAt: iso(350) } } },
        { name: agentContainerName, ...agent },
        ...(more.initContainerStatuses ?? []),
      ],
    },
  };
}

const waiting = (reason: string): Partial<RawContainerStatus> => ({ state: { waiting: { reason, message: 'why' } } });

describe('the injected agent of a pod', () => {
  test('is none where none was injected', () => {
    expect(projectAgentContainer({ spec: { containers: [{ name: 'app' }] } }, undefined, now)).toBeUndefined();
  });

  test('that runs takes nothing but its image, its start and its count', () => {
    const state = { running: { startedAt: iso(100) } };
    expect(projectAgentContainer(raw({ state, started: true, restartCount: 0 }), undefined, now)).toEqual({
      image,
      restartCount: 0,
      runningSince: now - 100_000,
      exits: [],
      appStarted: false,
    });
  });

  test('keeps since when it fails, through all that the kubelet calls it, until it runs', () => {
    const first = projectAgentContainer(raw(waiting('ErrImagePull')), undefined, now);
    const second = projectAgentContainer(raw(waiting('ImagePullBackOff')), first, now + 5_000);
    expect(second).toMatchObject({ failingSince: now, waitingReason: 'ImagePullBackOff', message: 'why' });
    const running = projectAgentContainer(raw({ state: { running: { startedAt: iso(0) } } }), second, now + 9_000);
    expect(running).not.toHaveProperty('failingSince');
  });

  test.each([
    [137, 1],
    [restartAllExitCode, 0],
  ])('that ended with %i has %i ends that tell against it', (exitCode, count) => {
    const lastState = { terminated: { exitCode, finishedAt: iso(5) } };
    const state = { running: { startedAt: iso(0) } };
    expect(projectAgentContainer(raw({ state, lastState }), undefined, now)?.exits).toHaveLength(count);
  });

  test('is due once sandbox, network and volumes are there and the init containers before it are through', () => {
    expect(projectAgentContainer(raw(waiting('PodInitializing')), undefined, now)).toMatchObject({
      dueSince: now - 350_000,
    });
  });

  test.each([
    ['the sandbox is not ready', { conditions: [{ type: 'PodReadyToStartContainers', status: 'False' }] }],
    ['the kubelet does not say', { conditions: [] }],
  ])('is not due while %s', (_what, status) => {
    expect(projectAgentContainer(raw(waiting('PodInitializing'), status), undefined, now)).not.toHaveProperty(
      'dueSince',
    );
  });

  test('is not due behind an init container that still runs', () => {
    const pod = raw(waiting('PodInitializing'));
    const [, agent] = pod.status?.initContainerStatuses ?? [];
    const running = { name: 'migrate', state: { running: { startedAt: iso(300) } } };
    const status = { ...pod.status, initContainerStatuses: agent ? [running, agent] : [running] };
    expect(projectAgentContainer({ ...pod, status }, undefined, now)).not.toHaveProperty('dueSince');
  });

  test('remembers its last three ends, each once', () => {
    let known: ReturnType<typeof projectAgentContainer>;
    for (const secondsAgo of [50, 40, 30, 20]) {
      const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: iso(secondsAgo) } };
      known = projectAgentContainer(raw({ ...waiting('CrashLoopBackOff'), lastState }), known, now);
      known = projectAgentContainer(raw({ ...waiting('CrashLoopBackOff'), lastState }), known, now);
    }
    expect(known?.exits).toEqual([now - 40_000, now - 30_000, now - 20_000]);
  });

  test.each([
    ['runs', { state: { running: {} } }, true],
    ['has ended', { state: { terminated: { exitCode: 0 } } }, true],
    ['was restarted', { restartCount: 1, state: { waiting: {} } }, true],
    ['waits for its first start', { restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } }, false],
  ])('knows whether the app ever ran: one that %s', (_what, status, appStarted) => {
    const pod = raw({}, { containerStatuses: [{ name: 'app', ...status }] });
    expect(projectAgentContainer(pod, undefined, now)).toMatchObject({ appStarted });
  });
});
