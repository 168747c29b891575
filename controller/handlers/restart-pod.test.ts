import { expect, test } from 'vitest';
import { failingPod, finding, noon, snapshot } from '#test/support/snapshots.ts';
import { restartPod } from './restart-pod.ts';

test('plans to evict exactly the failing pod, by name and uid', () => {
  expect(restartPod.plan(finding(), snapshot(), {}, noon)).toMatchObject({
    act: [{ kind: 'evict-pod', namespace: 'shop', podName: 'web-abc-1', podUid: 'pod-1' }],
  });
});

test('skips a pod that is already on its way out, with the reason', () => {
  const plan = restartPod.plan(finding({ pod: failingPod({ terminating: true }) }), snapshot(), {}, noon);
  expect(plan).toMatchObject({ skip: 'terminating' });
});

test('has nothing to evict where no pod can be named', () => {
  const plan = restartPod.plan({ ...finding(), pod: undefined }, snapshot(), {}, noon);
  expect(plan).toMatchObject({ skip: 'not-applicable' });
});

test('does not offer itself for failures that a new pod would not cure', () => {
  for (const failureClass of ['ImagePullBackOff', 'ReadinessProbeFailed', 'ConfigError', 'StuckTerminating'] as const) {
    expect(restartPod.failureClasses).not.toContain(failureClass);
  }
});
