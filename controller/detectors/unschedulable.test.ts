import { expect, test } from 'vitest';
import { ago, causesFound, foundAt, lonePod } from '#test/support/detection.ts';
import { noon } from '#test/support/snapshots.ts';
import { unschedulable } from './unschedulable.ts';

const none = '0/3 nodes are available';

test('finds a pod that has had no node for 30 s, and asks to be looked at then', () => {
  const seen = lonePod({ node: undefined, unschedulable: { since: ago(10), message: `${none}: 3 Insufficient cpu.` } });
  expect(foundAt(unschedulable, seen)).toBe(noon + 20_000);
  expect(unschedulable.detect(seen, noon + 19_999)).toEqual([]);
  const [found] = unschedulable.detect(seen, noon + 20_000);
  expect(found).toMatchObject({
    failureClass: 'Unschedulable',
    faultAt: ago(10),
    cause: { name: 'insufficient-resources', message: 'No node has enough cpu.' },
    message: `The scheduler has found no node for pod web-abc-1 for 30 s: ${none}: 3 Insufficient cpu.`,
  });
  expect(found?.evidence).not.toHaveProperty('node');
});

const helpless = 'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';
test.each([
  ['insufficient-resources', `${none}: 2 Insufficient cpu, 1 Insufficient memory. ${helpless}`],
  [
    'insufficient-resources',
    `${none}: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {dedicated: db}.`,
  ],
  ['insufficient-resources', `${none}: 3 Too many pods. ${helpless}`],
  ['insufficient-resources', 'no nodes available to schedule pods'],
  ['placement-rules', `${none}: 3 node(s) didn't match Pod's node affinity/selector. ${helpless}`],
  ['placement-rules', `${none}: 3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.`],
  ['placement-rules', `${none}: 3 node(s) didn't match pod anti-affinity rules.`],
  ['placement-rules', `${none}: 3 node(s) had volume node affinity conflict.`],
  ['placement-rules', `${none}: pod has unbound immediate PersistentVolumeClaims.`],
  ['unknown', ''],
])('is %s by the scheduler’s message: %s', (cause, message) => {
  expect(causesFound(unschedulable, lonePod({ unschedulable: { since: ago(30), message } }))).toEqual([cause]);
});

test('names what lacks', () => {
  const message = `${none}: 2 Insufficient nvidia.com/gpu, 1 Insufficient memory.`;
  const [found] = unschedulable.detect(lonePod({ unschedulable: { since: ago(30), message } }), noon);
  expect(found?.cause.message).toBe('No node has enough nvidia.com/gpu, memory.');
});

test('finds nothing in a pod that has a node', () => {
  expect(foundAt(unschedulable, lonePod({}))).toBeUndefined();
});
