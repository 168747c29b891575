import { expect, test } from 'vitest';
import { ago, lonePod } from '#test/support/detection.ts';
import { container, noon } from '#test/support/snapshots.ts';
import type { ContainerSnapshot, MemoryForecast } from '../model/snapshot.ts';
import { memoryExhaustionPredicted } from './memory-exhaustion-predicted.ts';

const limitBytes = 256 * 1_048_576;

function detect(more: Partial<MemoryForecast>, of: Partial<ContainerSnapshot> = {}) {
  const forecast = {
    container: 'app',
    usedBytes: 200 * 1_048_576,
    limitBytes,
    secondsLeft: 120,
    confidence: 0.8,
    receivedAt: ago(15),
    ...more,
  };
  const containers = [container({ memoryLimitBytes: limitBytes, ...of })];
  return memoryExhaustionPredicted.detect(lonePod({ containers }, { agent: { forecasts: [forecast] } }), noon);
}

test('finds a container whose agent is sure enough that its memory meets the limit soon', () => {
  expect(detect({})).toMatchObject([
    {
      failureClass: 'MemoryExhaustionPredicted',
      container: 'app',
      faultAt: ago(15),
      expiresAt: noon,
      cause: {
        name: 'memory-trend',
        message: 'Container app uses 200 of 256 MiB and will meet the limit in 120 s (confidence 0.80).',
      },
      message: 'The memory of container app of pod web-abc-1 will meet its limit in 120 s.',
    },
  ]);
});

const cases: readonly [name: string, forecast: Partial<MemoryForecast>, of?: Partial<ContainerSnapshot>][] = [
  ['that is far off', { secondsLeft: 121 }],
  ['of which the agent is not sure', { confidence: 0.79 }],
  ['that is older than three reports', { receivedAt: ago(16) }],
  ['about the run before', {}, { startedAt: ago(10) }],
  ['about a container that does not run', {}, { state: 'terminated' }],
  ['about a container without limit', {}, { memoryLimitBytes: undefined as never }],
  ['about a limit that was raised', {}, { memoryLimitBytes: limitBytes * 2 }],
  ['about a container that the pod does not have', { container: 'other' }],
];
test.each(cases)('does not mind a forecast %s', (_name, forecast, of) => {
  expect(detect(forecast, of)).toEqual([]);
});
