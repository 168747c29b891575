import { expect, test } from 'vitest';
import { container, noon, pod, snapshot } from '#test/support/snapshots.ts';
import { imagePull } from './image-pull.ts';

const cases: readonly [name: string, waitingReason: string, pullFailures: number, found: boolean][] = [
  ['waits for a second failed pull', 'ImagePullBackOff', 1, false],
  ['finds the second failed pull', 'ErrImagePull', 2, true],
  ['keeps finding it between pulls', 'ImagePullBackOff', 2, true],
  ['does not mind other kinds of waiting', 'ContainerCreating', 2, false],
];

test.each(cases)('%s', (_name, waitingReason, pullFailures, found) => {
  const waiting = container({ state: 'waiting', waitingReason, pullFailures, pullFailingSince: noon - 9_000 });
  const findings = imagePull.detect(snapshot({ pods: [pod({ containers: [waiting] })] }), noon);
  expect(findings.map(({ faultAt }) => faultAt)).toEqual(found ? [noon - 9_000] : []);
});

test('finds the second failed pull by time where the status does not show it, and asks to be looked at then', () => {
  const waiting = container({
    state: 'waiting',
    waitingReason: 'ErrImagePull',
    pullFailures: 1,
    pullFailingSince: noon,
  });
  const seen = snapshot({ pods: [pod({ containers: [waiting] })] });
  const ripe = imagePull.ripensAt?.(seen, noon) ?? 0;
  expect(ripe).toBe(noon + 20_000);
  expect(imagePull.detect(seen, ripe - 1)).toEqual([]);
  expect(imagePull.detect(seen, ripe)).toHaveLength(1);
  expect(imagePull.ripensAt?.(seen, ripe)).toBeUndefined();
});
