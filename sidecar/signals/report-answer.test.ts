import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maximumContainers } from '#contract/report.ts';
import { parseReportAnswer } from './report-answer.ts';

const id = 'a'.repeat(64);

test('the answer to a report names the containers, and what is not understood is left out', () => {
  const answer = {
    containers: [
      { name: 'app', id, memoryLimitBytes: 512, fromTheFuture: 1 },
      { name: 'proxy', id: '../etc', memoryLimitBytes: 'much' },
      { name: 'batch', memoryLimitBytes: -1 },
      { id },
      'app',
    ],
  };
  expect(parseReportAnswer(JSON.stringify(answer))).toEqual({
    containers: [{ name: 'app', id, memoryLimitBytes: 512 }, { name: 'proxy' }, { name: 'batch' }],
  });
});

test('the flight recorder is asked for by true alone', () => {
  expect(parseReportAnswer('{"containers":[],"wantsRecorder":true}')).toEqual({ containers: [], wantsRecorder: true });
  expect(parseReportAnswer('{"containers":[],"wantsRecorder":"yes"}')).toEqual({ containers: [] });
});

test('more containers than an agent follows are cut off', () => {
  const containers = Array.from({ length: 100 }, (_, index) => ({ name: `app-${index}` }));
  expect(parseReportAnswer(JSON.stringify({ containers }))?.containers).toHaveLength(maximumContainers);
});

test.each(['', '{', 'null', '[]', '{"error":"no"}', '{"containers":{}}'])('%j is no answer', (text) => {
  expect(parseReportAnswer(text)).toBeUndefined();
});

test('no answer ends the agent', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => parseReportAnswer(text)).not.toThrow();
    }),
  );
});
