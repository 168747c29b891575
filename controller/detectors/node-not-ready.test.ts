import { expect, test } from 'vitest';
import { ago, foundAt, lonePod, unreadyNode } from '#test/support/detection.ts';
import { noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { NodeSnapshot } from '../model/snapshot.ts';
import { nodeNotReady } from './node-not-ready.ts';

const nodes = (more: Partial<NodeSnapshot> = {}) => new Map([['node-a', unreadyNode(more)]]);

test('finds a pod whose node has not been ready for 40 s, and asks to be looked at then', () => {
  const seen = lonePod({}, { nodes: nodes({ since: ago(10) }) });
  expect(foundAt(nodeNotReady, seen)).toBe(noon + 30_000);
  expect(nodeNotReady.detect(seen, noon + 29_999)).toEqual([]);
  expect(nodeNotReady.detect(seen, noon + 30_000)).toMatchObject([
    {
      failureClass: 'NodeNotReady',
      faultAt: ago(10),
      cause: {
        name: 'node-not-ready',
        message: 'Node node-a is not ready: Kubelet stopped posting node status.',
      },
      message: 'Node node-a of pod web-abc-1 has not been ready for 40 s.',
    },
  ]);
});

test('finds each pod of the node, and no other', () => {
  const pods = [pod(), pod({ name: 'b', uid: 'b' }), pod({ name: 'c', uid: 'c', node: 'node-c' })];
  const found = nodeNotReady.detect(snapshot({ pods, nodes: nodes() }), noon);
  expect(found.map((each) => each.pod?.name)).toEqual(['web-abc-1', 'b']);
});

test.each([
  ['a node that is ready', {}, nodes({ ready: true })],
  ['a node that is not known', {}, new Map<string, NodeSnapshot>()],
  ['a pod without node', { node: undefined }, nodes()],
  ['a pod that has ended', { phase: 'Succeeded', controller: undefined }, nodes()],
  ['a pod that is being deleted', { terminating: true }, nodes()],
])('finds nothing in %s', (_name, more, known) => {
  expect(foundAt(nodeNotReady, lonePod(more, { nodes: known }))).toBeUndefined();
});
