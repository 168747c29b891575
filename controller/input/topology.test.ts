import { expect, test } from 'vitest';
import { owner, pod, shopWorkload } from '#test/support/snapshots.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import type { OwnerView } from './projections/owner.ts';
import { makeTopology } from './topology.ts';

const replicaSet: OwnerView = {
  namespace: 'shop',
  self: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'rs-uid' },
  controller: shopWorkload,
  paused: false,
  replicaSet: {
    uid: 'rs-uid',
    name: 'web-abc',
    templateHash: 'abc',
    revision: 1,
    createdAt: 0,
    replicas: 3,
    readyReplicas: 3,
  },
};
const deployment: OwnerView = {
  namespace: 'shop',
  self: shopWorkload,
  controller: undefined,
  paused: true,
  owner: owner(),
};
const added = <Kept>(current: Kept) => ({ key: '', previous: undefined, current });

test('finds the Deployment behind the ReplicaSet, and its pods from there', () => {
  const topology = makeTopology();
  topology.podChanged(added(pod()));
  expect(topology.workloadOf(pod())).toBeUndefined();
  topology.ownerChanged(added(replicaSet));
  expect(topology.workloadOf(pod())).toEqual(shopWorkload);
  expect(topology.podsOf('web-uid').map(({ uid }) => uid)).toEqual(['pod-1']);
});

test('takes a ReplicaSet that nothing owns for the workload', () => {
  const topology = makeTopology();
  topology.ownerChanged(added({ ...replicaSet, controller: undefined }));
  expect(topology.workloadOf(pod())).toEqual(replicaSet.self);
});

const direct: readonly [name: string, more: Partial<PodSnapshot>, uid: string][] = [
  ['a StatefulSet', { controller: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'set' } }, 'set'],
  ['a Job', { controller: { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'job' } }, 'job'],
  ['the pod itself where nothing owns it', { controller: undefined }, 'pod-1'],
  [
    'the pod itself where its node owns it',
    { controller: { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'node' }, mirror: true },
    'pod-1',
  ],
];

test.each(direct)('takes %s for the workload', (_name, more, uid) => {
  const topology = makeTopology();
  topology.podChanged(added(pod(more)));
  expect(topology.workloadOf(pod(more))?.uid).toBe(uid);
  expect(topology.podsOf(uid)).toHaveLength(1);
});

test('sees a pause two owners up', () => {
  const topology = makeTopology();
  topology.ownerChanged(added(replicaSet));
  expect(topology.ownerPaused(pod())).toBe(false);
  topology.ownerChanged(added(deployment));
  expect(topology.ownerPaused(pod())).toBe(true);
});

test('forgets a pod that was deleted', () => {
  const topology = makeTopology();
  topology.ownerChanged(added(replicaSet));
  topology.podChanged(added(pod()));
  topology.podChanged({ key: '', previous: pod(), current: undefined });
  expect(topology.podsOf('web-uid')).toEqual([]);
  expect(topology.podByUid('pod-1')).toBeUndefined();
});

test('gives a Deployment’s ReplicaSets, the newest first, and what it declares', () => {
  const topology = makeTopology();
  const newer = { uid: 'rs-2', name: 'web-def', templateHash: 'def', revision: 2 };
  topology.ownerChanged(added(replicaSet));
  topology.ownerChanged(
    added({
      ...replicaSet,
      self: { ...replicaSet.self, ...newer },
      replicaSet: { createdAt: 1, replicas: 0, readyReplicas: 0, ...newer },
    }),
  );
  topology.ownerChanged(added(deployment));
  expect(topology.replicaSetsOf('web-uid').map(({ revision }) => revision)).toEqual([2, 1]);
  expect(topology.ownerOf('web-uid')).toEqual(owner());
  expect(topology.ownerOf('rs-uid')).toBeUndefined();
});

test('takes a Job for a workload of its own, and not for a part of its CronJob', () => {
  const topology = makeTopology();
  const self = { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'job' };
  const cron = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'cron', uid: 'cron' };
  topology.ownerChanged(added({ namespace: 'shop', self, controller: cron, paused: false }));
  topology.podChanged(added(pod({ controller: self })));
  expect(topology.podsOf('cron')).toEqual([]);
  expect(topology.workloadUidOf('pod-1')).toBe('job');
  expect(topology.workloadUidOf('job')).toBe('job');
});

test('counts a Deployment with pods of two ReplicaSets once, also when they were seen before it', () => {
  const topology = makeTopology();
  const second = { ...shopWorkload, kind: 'ReplicaSet', uid: 'rs-2' };
  topology.podChanged(added(pod()));
  topology.podChanged(added(pod({ uid: 'pod-2', controller: second })));
  expect(topology.workloadCount('shop')).toBe(2);
  topology.ownerChanged(added(replicaSet));
  topology.ownerChanged(added({ ...replicaSet, self: second }));
  expect([topology.workloadCount('shop'), topology.workloadCount('bank'), topology.workloadCount()]).toEqual([1, 0, 1]);
  topology.podChanged({ key: '', previous: pod(), current: undefined });
  expect([...topology.workloads()]).toEqual([{ uid: 'web-uid', namespace: 'shop' }]);
  topology.podChanged({ key: '', previous: pod({ uid: 'pod-2', controller: second }), current: undefined });
  expect(topology.workloadCount()).toBe(0);
});

test('counts the pods of a node, and those that fail', () => {
  const topology = makeTopology();
  topology.podChanged(added(pod()));
  topology.podChanged(added(pod({ uid: 'pod-2', ready: false })));
  topology.podChanged(added(pod({ uid: 'pod-3', ready: false, terminating: true })));
  topology.podChanged(added(pod({ uid: 'pod-4', ready: false, phase: 'Succeeded' })));
  topology.podChanged(added(pod({ uid: 'pod-5', ready: false, phase: 'Failed' })));
  expect(topology.podsOfNode('node-a')).toEqual({ pods: 3, failing: 1 });
  topology.podChanged({ key: '', previous: pod({ uid: 'pod-2', ready: false }), current: pod({ uid: 'pod-2' }) });
  expect(topology.podsOfNode('node-a')).toEqual({ pods: 3, failing: 0 });
  expect(topology.podsOfNode('node-b')).toEqual({ pods: 0, failing: 0 });
});
