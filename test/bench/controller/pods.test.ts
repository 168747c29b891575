import { expect, test } from 'vitest';
import { projectPod } from '../../../controller/input/projections/pod.ts';
import { podObject, podUid, surroundings } from './pods.ts';

test('makes pods of the size that a mesh and an agent give them, the same ones each time', () => {
  const text = JSON.stringify(podObject(1234));
  expect(text.length).toBeGreaterThan(8_000);
  expect(text.length).toBeLessThan(9_000);
  expect(JSON.stringify(podObject(1234))).toBe(text);
});

test('gives no two pods one uid', () => {
  expect(new Set(Array.from({ length: 20_000 }, (_, index) => podUid(index))).size).toBe(20_000);
});

test('shows when an event was sent in what is kept of the pod', () => {
  const at = Date.UTC(2026, 5, 1, 12, 0, 0, 123);
  const healthy = projectPod(podObject(7, { resourceVersion: 1, at, failing: false }), undefined, at);
  expect(healthy).toMatchObject({ uid: podUid(7), ready: true, readySince: at, injected: true });
  const failing = projectPod(podObject(7, { resourceVersion: 2, at, failing: true }), healthy, at);
  expect(failing.ready).toBe(false);
  expect(failing.containers[0]).toMatchObject({ waitingReason: 'CrashLoopBackOff', exits: [{ finishedAt: at }] });
});

test('has an owner for every pod', () => {
  const { replicasets = [] } = surroundings(30);
  const uids = replicasets.map((one) => (one as { metadata: { uid: string } }).metadata.uid);
  expect(uids).toContain(projectPod(podObject(29), undefined, 0).controller?.uid);
});
