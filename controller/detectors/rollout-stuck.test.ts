import { describe, expect, test } from 'vitest';
import { ago, causesFound, foundAt, warning } from '#test/support/detection.ts';
import { noon, owner, pod, snapshot } from '#test/support/snapshots.ts';
import type { EventSnapshot, OwnerSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { rolloutStuck } from './rollout-stuck.ts';

const replicaSet = { name: 'web-new', uid: 'rs-new', templateHash: 'new', createdAt: ago(700), replicas: 1 };
const replicaSets = [
  { ...replicaSet, revision: 2, readyReplicas: 0 },
  { ...replicaSet, name: 'web-abc', uid: 'rs-uid', templateHash: 'abc', revision: 1, replicas: 3, readyReplicas: 3 },
];
const stalled = {
  reason: 'ProgressDeadlineExceeded',
  message: 'ReplicaSet "web-new" has timed out progressing.',
  since: ago(60),
};
const fresh = pod({ name: 'web-new-1', uid: 'pod-new', templateHash: 'new', ready: false });

function rollout(more: Partial<OwnerSnapshot>, around: Partial<WorkloadSnapshot> = {}): WorkloadSnapshot {
  return snapshot({ owner: owner(more), replicaSets, pods: [pod(), fresh], ...around });
}

describe('a rollout beyond its deadline', () => {
  test('is found with a pod of the newest template that is not ready', () => {
    expect(rolloutStuck.detect(rollout({ stalled }), noon)).toMatchObject([
      {
        failureClass: 'RolloutStuck',
        pod: { name: 'web-new-1' },
        templateHash: 'new',
        faultAt: ago(60),
        cause: { name: 'deadline-exceeded' },
        message:
          'The rollout of Deployment web is stuck. The rollout made no progress within its deadline: ReplicaSet "web-new" has timed out progressing.',
      },
    ]);
  });

  test.each([
    ['there is none', [pod()]],
    ['all of them are ready', [pod(), { ...fresh, ready: true }]],
    ['the only one is being deleted', [pod(), { ...fresh, terminating: true }]],
  ])('is found without a pod where %s', (_name, pods) => {
    const [found] = rolloutStuck.detect(rollout({ stalled }, { pods }), noon);
    expect(found).toMatchObject({ templateHash: 'new', evidence: { cause: 'deadline-exceeded' } });
    expect(found?.pod).toBeUndefined();
  });

  test.each([
    ['that goes on', {}],
    ['that stalls otherwise', { stalled: { ...stalled, reason: 'ReplicaSetCreateError' } }],
    ['that has been replaced by another, of which nothing was said yet', { stalled, generation: 2 }],
  ])('is not one %s', (_name, more) => {
    expect(foundAt(rolloutStuck, rollout(more))).toBeUndefined();
  });
});

describe('a rollout whose pods are refused', () => {
  const quota = 'Error creating: pods "web-new-x1" is forbidden: exceeded quota: small, requested: pods=1';
  function refused(events: readonly EventSnapshot[], around: Partial<WorkloadSnapshot> = {}, uid = 'rs-new') {
    return rollout({}, { pods: [pod()], events: new Map([[uid, events]]), ...around });
  }

  test('is found after 30 s without any, however many events tell it', () => {
    const seen = refused([
      warning('FailedCreate', quota, { count: 1, firstAt: ago(10), lastAt: ago(10) }),
      warning('FailedCreate', quota.replace('x1', 'x2'), { count: 1, firstAt: ago(2), lastAt: ago(2) }),
    ]);
    expect(foundAt(rolloutStuck, seen)).toBe(noon + 20_000);
    expect(rolloutStuck.detect(seen, noon + 19_999)).toEqual([]);
    const [found] = rolloutStuck.detect(seen, noon + 20_000);
    expect(found).toMatchObject({
      templateHash: 'new',
      faultAt: ago(10),
      cause: { name: 'quota-exceeded', message: `The API server refuses new pods: ${quota.replace('x1', 'x2')}.` },
    });
    expect(found?.pod).toBeUndefined();
  });

  test.each([
    [quota, 'quota-exceeded'],
    ['Error creating: admission webhook "policy.example" denied the request: no limits', 'quota-exceeded'],
    ['Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest"', 'quota-exceeded'],
    ['Error creating: etcdserver: request timed out', 'unknown'],
  ])('tells the cause by the event: %s', (message, cause) => {
    expect(causesFound(rolloutStuck, refused([warning('FailedCreate', message, { firstAt: ago(30) })]))).toEqual([
      cause,
    ]);
  });

  test('is told by the owner where that makes the pods', () => {
    const statefulSet = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db-uid' };
    const seen = refused(
      [warning('FailedCreate', quota, { firstAt: ago(30) })],
      { owner: owner({ reference: statefulSet, updateRevision: 'db-2' }), replicaSets: [] },
      'db-uid',
    );
    expect(rolloutStuck.detect(seen, noon)).toMatchObject([
      { templateHash: 'db-2', cause: { name: 'quota-exceeded' } },
    ]);
  });

  test('is why a deadline was exceeded', () => {
    const events = new Map([['rs-new', [warning('FailedCreate', quota)]]]);
    expect(causesFound(rolloutStuck, rollout({ stalled }, { pods: [pod()], events }))).toEqual(['quota-exceeded']);
  });

  const old = [warning('FailedCreate', quota, { firstAt: ago(600) })];
  const job = owner({ reference: { apiVersion: 'batch/v1', kind: 'Job', name: 'import', uid: 'rs-new' } });
  test.each([
    ['one that has a pod by now', old, { pods: [fresh] }],
    ['one that is to have none', old, { owner: owner({ replicas: 0 }) }],
    ['one that was refused long ago', [warning('FailedCreate', quota, { firstAt: ago(650), lastAt: ago(1201) })], {}],
    [
      'one whose template is newer than the refusal',
      [warning('FailedCreate', quota, { firstAt: ago(720), lastAt: ago(710) })],
      {},
    ],
    ['a Job, whose pods are over once it has succeeded', old, { owner: job, pods: [] }],
    ['one whose owner was not seen yet', old, { owner: undefined }],
    ['one of which events say something else', [warning('FailedDelete', quota, { firstAt: ago(600) })], {}],
  ])('is not %s', (_name, events, around) => {
    expect(foundAt(rolloutStuck, refused(events, around))).toBeUndefined();
  });
});
