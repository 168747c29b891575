import { describe, expect, test } from 'vitest';
import { metricTable } from './metric-table.ts';
import { makeMetrics } from './metrics.ts';

const rows = Object.entries(metricTable);

describe('the table of metrics', () => {
  test.each(rows)('%s is named by the rules', (name, row) => {
    expect(name).toMatch(/^autopilot_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(row.type === 'counter');
    expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|minutes)(_|$)/);
    expect(row.help).toMatch(/^[A-Z].*\.$/);
  });

  test.each(rows.filter(([, row]) => row.type === 'histogram'))('%s has buckets in rising order', (_name, row) => {
    const buckets: readonly number[] = 'buckets' in row ? row.buckets : [];
    expect(buckets.length).toBeGreaterThan(3);
    expect(buckets).toEqual(buckets.toSorted((left, right) => left - right));
  });
});

describe('metrics', () => {
  test('start at 0 for every known set of labels, and are only those of their process', async () => {
    const text = await makeMetrics('webhook').registry.metrics();
    expect(text).toContain('autopilot_admission_reviews_total{reason="host-network"} 0');
    expect(text).toContain('autopilot_admission_seconds_count 0');
    expect(text).not.toContain('autopilot_findings_total');
  });

  test('count, set and observe', async () => {
    const metrics = makeMetrics('webhook');
    metrics.increment('autopilot_admission_reviews_total', { reason: 'injected' });
    metrics.increment('autopilot_admission_reviews_total', { reason: 'injected' }, 2);
    metrics.set('autopilot_certificate_expiry_timestamp_seconds', { certificate: 'webhook' }, 17);
    metrics.observe('autopilot_admission_seconds', {}, 0.002);
    const text = await metrics.registry.metrics();
    expect(text).toContain('autopilot_admission_reviews_total{reason="injected"} 3');
    expect(text).toContain('autopilot_certificate_expiry_timestamp_seconds{certificate="webhook"} 17');
    expect(text).toContain('autopilot_admission_seconds_bucket{le="0.0025"} 1');
  });

  test('refuse a wrong label or value when they are compiled', () => {
    const metrics = makeMetrics('webhook');
    const wrong = [
      // @ts-expect-error a value outside of the closed set
      () => metrics.increment('autopilot_admission_reviews_total', { reason: 'because' }),
      // @ts-expect-error a label that the metric doesn't have
      () => metrics.observe('autopilot_admission_seconds', { pod: 'cart' }, 1),
      // @ts-expect-error a gauge isn't a counter
      () => metrics.increment('autopilot_certificate_expiry_timestamp_seconds', { certificate: 'webhook' }),
    ];
    expect(wrong).toHaveLength(3);
  });
});
