import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { maximumAnswerBytes } from './command.ts';
import { reportAnswerSchema, type ReportAnswer } from './report-answer.ts';
import { maximumContainers } from './report.ts';

const validate = new Ajv({ strict: true }).compile<ReportAnswer>(reportAnswerSchema);
const text = readFileSync(new URL('./examples/report-answer.json', import.meta.url), 'utf8');

test('the example of an answer keeps to its schema', () => {
  expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
});

test.each([
  ['an id with the runtime’s scheme', { containers: [{ name: 'app', id: `containerd://${'a'.repeat(64)}` }] }],
  ['a container without a name', { containers: [{ id: 'a'.repeat(64) }] }],
  ['an order', { containers: [], command: 'restart' }],
])('an answer with %s is none', (_what, answer) => {
  expect(validate(answer)).toBe(false);
});

test('the largest answer is one that agents read', () => {
  const container = { name: 'c'.repeat(253), id: 'a'.repeat(64), memoryLimitBytes: Number.MAX_SAFE_INTEGER };
  const answer = { containers: Array.from({ length: maximumContainers }, () => container), wantsRecorder: true };
  expect(validate(answer)).toBe(true);
  expect(JSON.stringify(answer).length).toBeLessThan(maximumAnswerBytes);
});
