import { expect, test } from 'vitest';
import { pod, shopWorkload } from '#test/support/snapshots.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import type { OwnerView } from './projections/metadata.ts';
import { makeTopology } from './topology.ts';

const replicaSet: OwnerView = {
  namespace: 'shop',
  self: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-abc', uid: 'rs-uid' },
  controller: shopWorkload,
  paused: false,
};
const deployment: OwnerView = { namespace: 'shop', self: shopWorkload, controller: undefined, paused: true };
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
