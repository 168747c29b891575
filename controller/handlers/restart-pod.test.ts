import { expect, test } from 'vitest';
import { failingPod, finding, snapshot } from '#test/support/snapshots.ts';
import { restartPod } from './restart-pod.ts';

test('plans to evict exactly the failing pod, by name and uid', () => {
  expect(restartPod.plan(finding(), snapshot())).toMatchObject({
    act: { kind: 'evict-pod', namespace: 'shop', podName: 'web-abc-1', podUid: 'pod-1' },
  });
});

test('skips a pod that is already on its way out, with the reason', () => {
  const plan = restartPod.plan(finding({ pod: failingPod({ terminating: true }) }), snapshot());
  expect(plan).toMatchObject({ skip: 'terminating' });
});

test('does not offer itself for failures that a new pod would not cure', () => {
  expect(restartPod.failureClasses).not.toContain('ImagePullBackOff');
  expect(restartPod.failureClasses).not.toContain('ReadinessProbeFailed');
});
