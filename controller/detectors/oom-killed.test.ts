import { expect, test } from 'vitest';
import { container, crashLooping, exit, noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { ContainerSnapshot } from '../model/snapshot.ts';
import { oomKilled } from './oom-killed.ts';

const oom = (secondsAgo: number) => exit(noon - secondsAgo * 1000, { reason: 'OOMKilled', exitCode: 137 });
const cases: readonly [name: string, container: ContainerSnapshot, found: boolean][] = [
  ['finds the first kill', container({ state: 'terminated', exits: [oom(1)] }), true],
  ['finds a kill after which the kubelet has just started the container again', container({ exits: [oom(5)] }), true],
  ['lets a kill go once the container runs for more than a minute', container({ exits: [oom(61)] }), false],
  ['keeps an old kill while the container is down', crashLooping(noon, { exits: [oom(4000)] }), true],
  ['does not take a SIGKILL for a lack of memory', container({ exits: [exit(noon, { exitCode: 137 })] }), false],
  ['looks at the last exit alone', container({ exits: [oom(9), exit(noon - 1_000)] }), false],
];

test.each(cases)('%s', (_name, failing, found) => {
  const findings = oomKilled.detect(snapshot({ pods: [pod({ containers: [failing] })] }), noon);
  expect(findings.map(({ evidence }) => evidence.exitCode)).toEqual(found ? [137] : []);
});

test('says what ended the container', () => {
  const [found] = oomKilled.detect(snapshot({ pods: [pod({ containers: [container({ exits: [oom(5)] })] })] }), noon);
  expect(found).toMatchObject({
    cause: { name: 'out-of-memory' },
    container: 'app',
    templateHash: 'abc',
    expiresAt: noon + 55_000,
    evidence: { cause: 'out-of-memory', terminatedReason: 'OOMKilled' },
  });
});
