import { describe, expect, test } from 'vitest';
import { ago, foundAt, lonePod, waiting, warning } from '#test/support/detection.ts';
import { container, crashLooping, exit, noon } from '#test/support/snapshots.ts';
import type { ContainerSnapshot, EventSnapshot } from '../model/snapshot.ts';
import { startupFailing } from './startup-failing.ts';

const startup = { periodSeconds: 10, failureThreshold: 6 };
const starting = { startup, started: false };
const refused =
  'Startup probe failed: Get "http://10.0.0.7:8080/": dial tcp 10.0.0.7:8080: connect: connection refused';

test('finds a container that has used up its time, and asks to be looked at then', () => {
  const seen = lonePod({ containers: [container({ ...starting, startedAt: ago(20) })] });
  expect(foundAt(startupFailing, seen)).toBe(noon + 40_000);
  expect(startupFailing.detect(seen, noon + 39_999)).toEqual([]);
  expect(startupFailing.detect(seen, noon + 40_000)).toMatchObject([
    {
      failureClass: 'StartupProbeFailed',
      faultAt: noon + 40_000,
      container: 'app',
      cause: { name: 'unknown' },
      evidence: { probe: 'startup' },
    },
  ]);
});

test('lets the delay before the first try pass', () => {
  const only = container({ ...starting, startup: { ...startup, initialDelaySeconds: 30 }, startedAt: noon });
  expect(foundAt(startupFailing, lonePod({ containers: [only] }))).toBe(noon + 90_000);
});

const quiet: readonly [name: string, container: ContainerSnapshot][] = [
  ['that has started', container({ startup, started: true, restartCount: 3 })],
  ['without a startup probe', container({ started: false })],
  ['that waits for its image', waiting('ImagePullBackOff', starting)],
  ['that ended by itself', crashLooping(ago(5), starting)],
];
test.each(quiet)('finds nothing in a container %s', (_name, only) => {
  expect(foundAt(startupFailing, lonePod({ containers: [only] }))).toBeUndefined();
});

describe('a container that was restarted', () => {
  const restarted = container({
    ...starting,
    startedAt: ago(4),
    restartCount: 1,
    exits: [exit(ago(5), { exitCode: 137 })],
  });
  const detect = (said: readonly EventSnapshot[], only = restarted) =>
    startupFailing.detect(lonePod({ containers: [only] }, { said }), noon);

  test('for its startup probe is found at once', () => {
    expect(detect([warning('Unhealthy', refused, { count: 6 })])).toMatchObject([
      {
        faultAt: ago(5),
        cause: {
          name: 'refused',
          message: 'Container app does not pass its startup probe: it accepts no connections.',
        },
        message:
          'Container app of pod web-abc-1 does not start up in time and was restarted for it (1 restarts): it accepts no connections.',
      },
    ]);
  });

  test.each([
    ['HTTP probe failed with statuscode: 503', 'bad-status'],
    [
      'Get "http://10.0.0.7:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      'unresponsive',
    ],
    ['dial tcp 10.0.0.7:8080: i/o timeout', 'refused'],
    ['service unhealthy (responded with "NOT_SERVING")', 'bad-status'],
    ['timeout: failed to connect service "10.0.0.7:50051" within 1s: context deadline exceeded', 'unresponsive'],
    ['timeout: health rpc did not complete within 1s', 'unresponsive'],
    ['cat: /tmp/ready: No such file or directory', 'unknown'],
  ])('tells the cause by the event: %s', (text, cause) => {
    const found = detect([warning('Unhealthy', `Startup probe failed: ${text}`)]);
    expect(found.map(({ cause: { name } }) => name)).toEqual([cause]);
  });

  test('is still found while the kubelet makes it wait', () => {
    const only = crashLooping(ago(5), { ...starting, exits: [exit(ago(5), { exitCode: 137 })] });
    expect(detect([warning('Unhealthy', refused)], only)).toHaveLength(1);
  });

  test.each([
    ['after a single failed try', [warning('Unhealthy', refused, { count: 1 })]],
    ['after failures long before', [warning('Unhealthy', refused, { firstAt: ago(300), lastAt: ago(200) })]],
    ['after failures of another probe', [warning('Unhealthy', refused.replace('Startup', 'Liveness'))]],
    ['for nothing that was told', []],
  ] as const)('%s is given its time', (_name, said) => {
    expect(detect(said)).toEqual([]);
  });
});
