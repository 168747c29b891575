import { expect, test } from 'vitest';
import { container, crashLooping, exit, noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { ContainerSnapshot } from '../model/snapshot.ts';
import { crashLoop } from './crash-loop.ts';

const ago = (seconds: number): number => noon - seconds * 1000;
const cases: readonly [name: string, container: ContainerSnapshot, found: boolean][] = [
  ['finds nothing in a container that runs', container(), false],
  ['finds the kubelet’s CrashLoopBackOff', crashLooping(ago(200)), true],
  ['finds a CrashLoopBackOff whose exits were never seen', crashLooping(noon, { exits: [] }), true],
  ['does not take one exit for a loop', container({ exits: [exit(ago(1))] }), false],
  [
    'finds the second exit within 60 s before the kubelet names it',
    container({ exits: [exit(ago(60)), exit(ago(0))] }),
    true,
  ],
  ['does not join exits that lie further apart', container({ exits: [exit(ago(62)), exit(ago(1))] }), false],
  ['forgets a loop whose last exit is over a minute ago', container({ exits: [exit(ago(70)), exit(ago(61))] }), false],
  [
    'leaves OOM kills to their own class',
    crashLooping(noon, { exits: [exit(noon, { reason: 'OOMKilled', exitCode: 137 })] }),
    false,
  ],
];

test.each(cases)('%s', (_name, failing, found) => {
  const findings = crashLoop.detect(snapshot({ pods: [pod({ containers: [failing] })] }), noon);
  expect(findings.map(({ failureClass }) => failureClass)).toEqual(found ? ['CrashLoopBackOff'] : []);
});

test('takes the last exit as the fault and as the evidence', () => {
  const [found] = crashLoop.detect(snapshot({ pods: [pod({ containers: [crashLooping(ago(4))] })] }), noon);
  expect(found).toMatchObject({
    faultAt: ago(4),
    evidenceAt: noon,
    evidence: { container: 'app', exitCode: 1, terminatedReason: 'Error', restartCount: 2 },
  });
});
