import { expect, test } from 'vitest';
import { ago, causesFound, foundAt, lonePod, unreadyNode } from '#test/support/detection.ts';
import { noon } from '#test/support/snapshots.ts';
import { stuckTerminating } from './stuck-terminating.ts';

const overdue = { terminating: true, deletionDueAt: ago(30) };

test('finds a pod 30 s after the end of its grace, and asks to be looked at then', () => {
  const seen = lonePod({ terminating: true, deletionDueAt: noon + 5_000 });
  expect(foundAt(stuckTerminating, seen)).toBe(noon + 35_000);
  expect(stuckTerminating.detect(seen, noon + 34_999)).toEqual([]);
  expect(stuckTerminating.detect(seen, noon + 35_000)).toMatchObject([
    {
      failureClass: 'StuckTerminating',
      faultAt: noon + 5_000,
      message:
        'Pod web-abc-1 is still there 30 s after its grace period. Nothing that is seen holds it; its node is node-a.',
    },
  ]);
});

const node = new Map([['node-a', unreadyNode()]]);
const well = new Map([['node-a', unreadyNode({ ready: true })]]);
const finalizers = ['example.com/backup'];
test.each([
  ['its finalizers', { ...overdue, finalizers }, well, 'finalizers'],
  ['nothing that is seen', overdue, well, 'deletion-overdue'],
  ['nothing that is seen where the node is unknown', { ...overdue, finalizers: [] }, new Map(), 'deletion-overdue'],
  ['its node', overdue, node, 'node-not-ready'],
  ['its node before its finalizers', { ...overdue, finalizers }, node, 'node-not-ready'],
])('says that %s holds it', (_name, pod, nodes, cause) => {
  expect(causesFound(stuckTerminating, lonePod(pod, { nodes }))).toEqual([cause]);
});

test('names the finalizers', () => {
  const [found] = stuckTerminating.detect(lonePod({ ...overdue, finalizers: ['a.io/x', 'b.io/y'] }), noon);
  expect(found?.cause.message).toBe('It is held by the finalizers a.io/x, b.io/y.');
});

test('finds nothing in a pod that nobody deletes', () => {
  expect(foundAt(stuckTerminating, lonePod({ finalizers }))).toBeUndefined();
});

test('finds a pod that has ended but is held', () => {
  expect(causesFound(stuckTerminating, lonePod({ ...overdue, phase: 'Succeeded', finalizers }))).toEqual([
    'finalizers',
  ]);
});
