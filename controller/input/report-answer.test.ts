import { expect, test } from 'vitest';
import { container, exit, noon, pod } from '#test/support/snapshots.ts';
import { reportAnswer } from './report-answer.ts';

const never = { recordedAt: undefined, now: noon };

test('an agent is told the app’s containers, their ids and limits, and none of those that must end', () => {
  const id = 'a'.repeat(64);
  const containers = [
    container({ name: 'migrate', init: true }),
    container({ containerId: id, memoryLimitBytes: 64 }),
    container({ name: 'proxy' }),
  ];
  expect(reportAnswer(pod({ containers }), never)).toEqual({
    containers: [{ name: 'app', id, memoryLimitBytes: 64 }, { name: 'proxy' }],
  });
});

test('of a pod that is not known nothing is told', () => {
  expect(reportAnswer(undefined, never)).toEqual({ containers: [] });
});

test.each([
  ['after an exit', noon - 5_000, undefined, true],
  ['once the recording is here', noon - 5_000, noon - 4_000, undefined],
  ['of an exit after the last recording', noon - 5_000, noon - 9_000, true],
  ['of an exit of long ago', noon - 61_000, undefined, undefined],
])('the flight recorder is asked for %s', (_what, exitedAt, recordedAt, wanted) => {
  const exited = pod({ containers: [container({ exits: [exit(exitedAt)] })] });
  expect(reportAnswer(exited, { recordedAt, now: noon }).wantsRecorder).toBe(wanted);
});
