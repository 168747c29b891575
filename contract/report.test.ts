import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { maximumRecordingBytes } from './recording.ts';
import { maximumContainers, maximumProbes, maximumReportBytes, reportSchema, type Report } from './report.ts';

const validate = new Ajv({ strict: true }).compile<Report>(reportSchema);
const folder = new URL('./examples/', import.meta.url);
const examples = readdirSync(folder).filter((name) => /^report-(?!answer)/.test(name));

function read(name: string): Report {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Report;
}

describe('the report schema', () => {
  test('has examples to show it by', () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  test.each(examples)('accepts the example %s', (name) => {
    expect(validate(read(name)), JSON.stringify(validate.errors)).toBe(true);
  });

  const example = read('report-failing.json');
  const probe = example.probes[0];

  test.each([
    ['another version', { ...example, version: 2 }],
    ['a pod without uid', { ...example, pod: { namespace: 'shop', name: 'cart' } }],
    ['a time without milliseconds', { ...example, sentAt: '2026-03-01T10:03:21Z' }],
    ['an unknown state', { ...example, probes: [{ ...probe, state: 'sleeping' }] }],
    ['an unknown property', { ...example, command: 'restart' }],
    ['more probes than the bound', { ...example, probes: Array.from({ length: maximumProbes + 1 }, () => probe) }],
  ])('refuses %s', (_what, report) => {
    expect(validate(report)).toBe(false);
  });

  test('fits into the bound of a body at its largest', () => {
    const largest = {
      ...(probe as Report['probes'][number]),
      container: 'c'.repeat(253),
      latencySeconds: 0.123456789012345,
    };
    const container = 'c'.repeat(253);
    const forecast = { container, usedBytes: 1e12 / 3, limitBytes: 1e12 / 3, secondsLeft: 1 / 3, confidence: 1 / 3 };
    const vanished = { container, at: example.sentAt };
    const report: Report = {
      ...example,
      probes: Array.from({ length: maximumProbes }, () => largest),
      memory: Array.from({ length: maximumContainers }, () => forecast),
      vanished: Array.from({ length: maximumContainers }, () => vanished),
      powers: ['restart-container', 'clear-cache'],
      waitedSeconds: 600,
    };
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.stringify(report).length + maximumRecordingBytes).toBeLessThan(maximumReportBytes);
  });
});
