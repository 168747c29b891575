import { describe, expect, test } from 'vitest';
import { ago, causesFound, foundAt, lonePod, waiting, warning } from '#test/support/detection.ts';
import { container, exit, noon } from '#test/support/snapshots.ts';
import { stuckCreating } from './stuck-creating.ts';

const creating = waiting('ContainerCreating', { waitingSince: ago(100) });
const mount = 'MountVolume.SetUp failed for volume "data" : rpc error: volume is in use';

test('waits 300 s where no event says what fails', () => {
  const seen = lonePod({ containers: [creating] });
  expect(foundAt(stuckCreating, seen)).toBe(noon + 200_000);
  expect(stuckCreating.detect(seen, noon + 199_999)).toEqual([]);
  expect(causesFound(stuckCreating, lonePod({ containers: [{ ...creating, waitingSince: ago(300) }] }))).toEqual([
    'unknown',
  ]);
});

test('waits 60 s where an event says what fails', () => {
  const said = [warning('FailedMount', mount)];
  const seen = lonePod({ containers: [{ ...creating, waitingSince: ago(50) }] }, { said });
  expect(foundAt(stuckCreating, seen)).toBe(noon + 10_000);
  expect(stuckCreating.detect(seen, noon + 9_999)).toEqual([]);
  expect(stuckCreating.detect(seen, noon + 10_000)).toMatchObject([
    {
      failureClass: 'StuckCreating',
      faultAt: ago(50),
      cause: { name: 'mount-failed', message: `A volume can not be mounted: ${mount}.` },
      evidence: { message: mount, node: 'node-a' },
      message: `Pod web-abc-1 has waited 60 s for its containers to be created. A volume can not be mounted: ${mount}.`,
    },
  ]);
});

test.each([
  ['FailedMount', mount, 'mount-failed'],
  [
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) web-abc-0',
    'mount-failed',
  ],
  ['FailedMapVolume', 'MapVolume.SetUpDevice failed', 'mount-failed'],
  ['FailedMount', 'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found', 'missing-secret'],
  ['FailedMount', 'MountVolume.SetUp failed for volume "c" : configmap "web" not found', 'missing-configmap'],
  [
    'FailedMount',
    'MountVolume.SetUp failed for volume "c" : references non-existent config key: app.yaml',
    'missing-configmap',
  ],
  [
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: plugin type="bridge" failed (add): no addresses left',
    'sandbox-failed',
  ],
  ['NetworkNotReady', 'network is not ready: cni plugin not initialized', 'sandbox-failed'],
])('tells the cause by the event %s: %s', (reason, message, cause) => {
  const said = [warning('BackOff', 'something else'), warning(reason, message, { lastAt: ago(1) })];
  expect(causesFound(stuckCreating, lonePod({ containers: [creating] }, { said }))).toEqual([cause]);
});

test('ignores an event that is older than the waiting', () => {
  const said = [warning('FailedMount', mount, { lastAt: ago(101) })];
  expect(foundAt(stuckCreating, lonePod({ containers: [creating] }, { said }))).toBe(noon + 200_000);
});

describe('init containers', () => {
  const initializing = waiting('PodInitializing', { waitingSince: ago(900) });

  test('that work are not waiting, however long it takes', () => {
    const init = container({ name: 'migrate', init: true, startedAt: ago(890) });
    expect(foundAt(stuckCreating, lonePod({ containers: [init, initializing] }))).toBeUndefined();
  });

  test('that have worked long give the app its full time after them', () => {
    const init = container({
      name: 'migrate',
      init: true,
      state: 'terminated',
      exits: [exit(ago(10), { exitCode: 0 })],
    });
    expect(foundAt(stuckCreating, lonePod({ containers: [init, initializing] }))).toBe(noon + 290_000);
  });

  test('that themselves can not be created are found', () => {
    const init = waiting('ContainerCreating', { name: 'migrate', init: true, waitingSince: ago(900) });
    expect(causesFound(stuckCreating, lonePod({ containers: [init, initializing] }))).toEqual(['unknown']);
  });
});

test.each([
  ['a pod that runs', container()],
  ['a pod that waits for its image', waiting('ImagePullBackOff', { waitingSince: ago(900) })],
])('finds nothing in %s', (_name, only) => {
  expect(foundAt(stuckCreating, lonePod({ containers: [only] }))).toBeUndefined();
});
