import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeFailures } from '#contract/report.ts';
import { advanceRecord, freshRecord, type ProbeRecord } from './probe-record.ts';
import type { TryResult } from './try-probe.ts';

const thresholdSeconds = 6;
const ok: TryResult = { ok: true, statusCode: 200 };
const bad: TryResult = { ok: false, failure: 'refused', statusCode: undefined };

/** One try a second, each answered after 100 ms. */
function run(results: readonly TryResult[]): { record: ProbeRecord; news: number[] } {
  let record = freshRecord;
  const news: number[] = [];
  for (const [index, result] of results.entries()) {
    const sentAt = index * 1000;
    const advanced = advanceRecord(
      record,
      { result, sentAt, endedAt: sentAt + 100, latencySeconds: 0.1 },
      thresholdSeconds,
    );
    record = advanced.record;
    if (advanced.tellNow) news.push(index);
  }
  return { record, news };
}

describe('a probe’s record', () => {
  test('stays unknown and silent until the first success', () => {
    expect(run([bad, bad, bad])).toMatchObject({ record: { state: 'unknown', consecutiveFailures: 3 }, news: [] });
    expect(run([bad, ok])).toMatchObject({ record: { state: 'succeeding', lastSuccessAt: 1100 }, news: [1] });
  });

  test('tells of the first failure and of the passing of the threshold, once each', () => {
    const { record, news } = run([ok, ...Array.from({ length: 10 }, () => bad)]);
    expect(news).toEqual([0, 1, 7]);
    expect(record).toMatchObject({ state: 'failing', failingSince: 1000, lastSuccessAt: 100, consecutiveFailures: 10 });
  });

  test('begins anew after a recovery', () => {
    const { record, news } = run([ok, bad, ok, bad]);
    expect(news).toEqual([0, 1, 2, 3]);
    expect(record).toMatchObject({ failingSince: 3000, consecutiveFailures: 1, pastThreshold: false });
  });

  test('of any history is consistent with itself', () => {
    const result = fc.oneof(
      fc.constant(ok),
      fc.constantFrom(...probeFailures).map((failure): TryResult => ({ ok: false, failure, statusCode: undefined })),
    );
    fc.assert(
      fc.property(fc.array(result, { maxLength: 40 }), (results) => {
        const { record } = run(results);
        const failing = record.state === 'failing';
        expect(record.failingSince !== undefined).toBe(failing);
        expect(record.failure !== undefined).toBe(failing);
        expect(record.state === 'unknown').toBe(!results.some((each) => each.ok));
        expect(record.consecutiveFailures).toBe(results.length - 1 - results.findLastIndex((each) => each.ok));
        expect(record.lastSuccessAt !== undefined).toBe(record.state !== 'unknown');
        expect(record.pastThreshold && record.consecutiveFailures < thresholdSeconds).toBe(false);
      }),
    );
  });
});
