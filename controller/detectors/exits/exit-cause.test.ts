import { describe, expect, test } from 'vitest';
import { ago, lonePod, silentProbe, warning } from '#test/support/detection.ts';
import { container, exit, noon } from '#test/support/snapshots.ts';
import type { ContainerExit, ContainerSnapshot, WorkloadSnapshot } from '../../model/snapshot.ts';
import { exitCause } from './exit-cause.ts';

const probed = { liveness: { periodSeconds: 10, failureThreshold: 3 } };
const livenessFailed = 'Liveness probe failed: Get "http://10.0.0.7:8080/": context deadline exceeded';

function causeOf(
  last: Partial<ContainerExit>,
  around: Parameters<typeof lonePod>[1] = {},
  more: Partial<ContainerSnapshot> = probed,
) {
  const ended = container(more);
  const seen: WorkloadSnapshot = lonePod({ containers: [ended] }, around);
  const [pod] = seen.pods;
  if (pod === undefined) throw new TypeError('No pod.');
  return exitCause(seen, pod, ended, exit(ago(1), last));
}

test.each([
  ['exit code 0 is an end, not an error', { exitCode: 0, reason: 'Completed' }, 'completed'],
  ['126 is a command that can’t be executed', { exitCode: 126 }, 'cannot-execute'],
  ['127 is a command that is not there', { exitCode: 127 }, 'command-not-found'],
  ['the kubelet’s OOMKilled is the memory limit', { exitCode: 137, reason: 'OOMKilled' }, 'out-of-memory'],
  ['an OOM kill of a wrapper’s child may have any code', { exitCode: 1, reason: 'OOMKilled' }, 'out-of-memory'],
  ['137 alone is any SIGKILL', { exitCode: 137 }, 'killed'],
  ['139 is a segmentation fault', { exitCode: 139 }, 'segmentation-fault'],
  ['143 is a SIGTERM', { exitCode: 143 }, 'terminated'],
  ['any other code is the app’s own', { exitCode: 3 }, 'application-error'],
  ['a container that never started was not the app’s doing', { exitCode: 128, reason: 'StartError' }, 'bad-config'],
  ['nothing is known of an exit that no node saw', { exitCode: 137, reason: 'ContainerStatusUnknown' }, 'unknown'],
] as const)('%s', (_name, last, cause) => {
  expect(causeOf(last).name).toBe(cause);
});

test('names the container and the code', () => {
  expect(causeOf({ exitCode: 3 }).message).toBe('Container app ended by itself with exit code 3.');
});

describe('an exit after the liveness probe failed', () => {
  const told = { said: [warning('Unhealthy', livenessFailed, { lastAt: ago(3) })] };
  const reported = { agent: { probes: [silentProbe({ failingSince: ago(25) })] } };

  test.each([
    ['by SIGKILL is the kubelet’s', { exitCode: 137 }, told, 'liveness-kill'],
    ['by SIGTERM is the kubelet’s', { exitCode: 143 }, told, 'liveness-kill'],
    ['is the kubelet’s where the app minds SIGTERM', { exitCode: 0 }, told, 'liveness-kill'],
    ['with a code of its own is the app’s', { exitCode: 3 }, told, 'application-error'],
    ['is the OOM killer’s where the kubelet says so', { exitCode: 137, reason: 'OOMKilled' }, told, 'out-of-memory'],
    ['is known from the agent as well', { exitCode: 137 }, reported, 'liveness-kill'],
    [
      'is known from the kubelet’s word for killing it',
      { exitCode: 137 },
      { said: [warning('Killing', 'Container app failed liveness probe, will be restarted')] },
      'liveness-kill',
    ],
  ] as const)('%s', (_name, last, around, cause) => {
    expect(causeOf(last, around).name).toBe(cause);
  });

  const other = warning('Killing', 'Container web failed liveness probe, will be restarted');
  const readiness = warning('Unhealthy', livenessFailed.replace('Liveness', 'Readiness'));
  test.each([
    ['long before', { said: [warning('Unhealthy', livenessFailed, { firstAt: ago(99), lastAt: ago(80) })] }],
    [
      'only afterwards',
      { said: [warning('Unhealthy', livenessFailed, { firstAt: noon + 5_000, lastAt: noon + 9_000 })] },
    ],
    ['in another container', { said: [other] }],
    ['of another kind', { said: [readiness] }],
    ['too few times, by the agent', { agent: { probes: [silentProbe({ failingSince: ago(9) })] } }],
    [
      'by an agent that went silent before',
      { agent: { probes: [silentProbe({ receivedAt: ago(30), failingSince: ago(90) })] } },
    ],
    ['and is well again', { agent: { probes: [silentProbe({ state: 'succeeding' })] } }],
  ] as const)('is not the kubelet’s when the probe failed %s', (_name, around) => {
    expect(causeOf({ exitCode: 137 }, around).name).toBe('killed');
  });

  test('is not the kubelet’s in a container without such a probe', () => {
    expect(causeOf({ exitCode: 137 }, told, {}).name).toBe('killed');
  });
});
