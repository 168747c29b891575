import { expect, test } from 'vitest';
import { ago, foundAt, lonePod } from '#test/support/detection.ts';
import { container, noon } from '#test/support/snapshots.ts';
import type { ContainerSnapshot, VanishedProcess } from '../model/snapshot.ts';
import { processVanished } from './process-vanished.ts';

function seen(more: Partial<VanishedProcess>, of: Partial<ContainerSnapshot> = {}) {
  const vanished = [{ container: 'app', at: ago(5), receivedAt: ago(1), ...more }];
  return lonePod({ containers: [container(of)] }, { agent: { vanished } });
}

test('finds a container that runs on by the API server’s word without its main process', () => {
  expect(processVanished.detect(seen({}), noon)).toMatchObject([
    {
      failureClass: 'ProcessVanished',
      container: 'app',
      faultAt: ago(5),
      evidenceAt: ago(1),
      expiresAt: noon + 14_000,
      cause: { name: 'process-gone' },
      message: 'The main process of container app of pod web-abc-1 has been gone for 5 s.',
    },
  ]);
});

test('gives the node 5 s to say so itself, and asks to be looked at then', () => {
  expect(foundAt(processVanished, seen({ at: ago(1) }))).toBe(noon + 4_000);
});

const cases: readonly [name: string, vanished: Partial<VanishedProcess>, of?: Partial<ContainerSnapshot>][] = [
  ['that an agent told too long ago', { at: ago(30), receivedAt: ago(16) }],
  ['of a container that was started since', {}, { startedAt: ago(4) }],
  ['of a container that is known to have ended', {}, { state: 'terminated' }],
  ['of an init container, which is meant to end', {}, { init: true }],
  ['of a container that the pod does not have', { container: 'other' }],
];
test.each(cases)('does not mind a process %s', (_name, vanished, of) => {
  expect(foundAt(processVanished, seen(vanished, of))).toBeUndefined();
});
