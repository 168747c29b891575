import { expect, test } from 'vitest';
import { ago, lonePod, warning } from '#test/support/detection.ts';
import { container, exit, noon } from '#test/support/snapshots.ts';
import { evicted } from './evicted.ts';

const message = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi.';
const gone = { phase: 'Failed', statusReason: 'Evicted', statusMessage: message, createdAt: ago(3600) };
const ended = (seconds: number) => [container({ state: 'terminated', exits: [exit(ago(seconds), { exitCode: 137 })] })];

test('finds a pod that its node removed, though its owner has replaced it', () => {
  expect(evicted.detect(lonePod({ ...gone, containers: ended(60) }), noon)).toMatchObject([
    {
      failureClass: 'Evicted',
      faultAt: ago(60),
      expiresAt: noon + 540_000,
      cause: { name: 'node-pressure' },
      evidence: { node: 'node-a', message },
      message: `Node node-a evicted pod web-abc-1: ${message}`,
    },
  ]);
});

test.each([
  ['dates it by the containers’ ends', { containers: ended(600) }, [], 1],
  ['forgets it after 10 min', { containers: ended(601) }, [], 0],
  ['dates it by the kubelet’s event', { containers: [] }, [warning('Evicted', message, { lastAt: ago(60) })], 1],
  ['dates a pod that never ran by its creation', { containers: [], createdAt: ago(60) }, [], 1],
  ['leaves a pod that failed otherwise', { statusReason: 'NodeLost' }, [], 0],
  ['leaves a pod that is being deleted', { containers: ended(60), terminating: true }, [], 0],
  ['leaves a pod that runs', { phase: 'Running' }, [], 0],
] as const)('%s', (_name, more, said, count) => {
  expect(evicted.detect(lonePod({ ...gone, ...more }, { said }), noon)).toHaveLength(count);
});
