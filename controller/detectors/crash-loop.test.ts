import { expect, test } from 'vitest';
import { ago, lonePod } from '#test/support/detection.ts';
import { container, crashLooping, exit, noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { ContainerSnapshot } from '../model/snapshot.ts';
import { crashLoop } from './crash-loop.ts';

const twice = (code: number) => [exit(ago(9)), exit(ago(1), { exitCode: code })];
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
  ['finds an init container that keeps ending', container({ init: true, exits: twice(1) }), true],
  ['lets an init container succeed at last', container({ init: true, exits: twice(0) }), false],
  ['lets a container succeed that stays down', container({ state: 'terminated', exits: twice(0) }), false],
  ['finds a container that keeps completing', container({ exits: twice(0) }), true],
];

test.each(cases)('%s', (_name, failing, found) => {
  const findings = crashLoop.detect(snapshot({ pods: [pod({ containers: [failing] })] }), noon);
  expect(findings.map(({ failureClass }) => failureClass)).toEqual(found ? ['CrashLoopBackOff'] : []);
});

test('takes the last exit as the fault, as the evidence and as the cause', () => {
  const [found] = crashLoop.detect(snapshot({ pods: [pod({ containers: [crashLooping(ago(4))] })] }), noon);
  expect(found).toMatchObject({
    templateHash: 'abc',
    container: 'app',
    faultAt: ago(4),
    evidenceAt: noon,
    cause: { name: 'application-error', message: 'Container app ended by itself with exit code 1.' },
    evidence: {
      cause: 'application-error',
      container: 'app',
      node: 'node-a',
      exitCode: 1,
      terminatedReason: 'Error',
      restartCount: 2,
    },
  });
});

const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'import', uid: 'job-uid' };
test.each([
  ['a pod that is being deleted', { terminating: true }, 0],
  ['a pod that has failed and was replaced by its owner', { phase: 'Failed' }, 0],
  ['a Job’s pod, which is its result', { phase: 'Failed', controller: job }, 1],
  ['a pod that nothing replaces', { phase: 'Failed', controller: undefined }, 1],
] as const)('looks at %s as it should', (_name, more, count) => {
  const seen = lonePod({ containers: [crashLooping(ago(4))], ...more });
  expect(crashLoop.detect(seen, noon)).toHaveLength(count);
});
