import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  coarsePoints,
  fineSeconds,
  maximumRecordingBytes,
  recordedSignals,
  recordingSchema,
  type RecordedSignal,
} from '#contract/recording.ts';
import { makeFlightRecorder } from './flight-recorder.ts';
import { takeRecording } from './recording.ts';

const now = Date.UTC(2026, 2, 1, 10);
const validate = new Ajv({ strict: true }).compile(recordingSchema);
const signals = Object.keys(recordedSignals) as readonly RecordedSignal[];

/** A recorder that has noted one signal for so many seconds. */
function recorderWith(
  seconds: number,
  valueAt: (second: number) => number | undefined,
  signal: RecordedSignal = 'memory',
) {
  const recorder = makeFlightRecorder();
  for (let second = 1_000; second < 1_000 + seconds; second += 1) {
    recorder.moveTo(second);
    recorder.note(signal, 'app', valueAt(second - 1_000), 512);
  }
  return recorder;
}

test('a recording has the last ten seconds one by one, and two minutes in steps of five', () => {
  const { series } = takeRecording(
    recorderWith(300, (second) => second),
    'memory',
    now,
  );
  expect(series).toHaveLength(1);
  expect(series[0]).toMatchObject({ signal: 'memory', of: 'app', limit: 512 });
  expect(series[0]?.fine).toEqual([290, 291, 292, 293, 294, 295, 296, 297, 298, 299]);
  expect(series[0]?.coarse).toHaveLength(coarsePoints);
  expect(series[0]?.coarse.at(-1)).toBe(289);
  expect(series[0]?.coarse[0]).toBe(184);
});

test('a step has its worst: a failed try before any latency, and the highest otherwise', () => {
  const failing = recorderWith(60, (second) => (second === 41 ? -2 : 5), 'probe');
  expect(takeRecording(failing, 'probe', now).series[0]?.coarse.filter((value) => value === -2)).toHaveLength(1);
  const peak = recorderWith(60, (second) => (second === 41 ? 99 : 5), 'cpu-pressure');
  expect(takeRecording(peak, 'probe', now).series[0]?.coarse.filter((value) => value === 99)).toHaveLength(1);
});

test('a young agent has a short recording, and seconds that were lost are gaps', () => {
  const young = takeRecording(
    recorderWith(4, (second) => second + 1),
    'asked',
    now,
  );
  expect(young.series[0]).toMatchObject({ coarse: [], fine: [1, 2, 3, 4] });
  const gap = recorderWith(30, () => 7);
  gap.moveTo(1_035);
  gap.note('memory', 'app', 8);
  expect(takeRecording(gap, 'asked', now).series[0]?.fine).toEqual([7, 7, 7, 7, null, null, null, null, null, 8]);
  gap.moveTo(9_999);
  expect(takeRecording(gap, 'asked', now).series).toEqual([]);
});

test('what was not seen or is 0 all the time is left out, but a probe that answers at once is not', () => {
  expect(
    takeRecording(
      recorderWith(30, () => 0, 'zombies'),
      'asked',
      now,
    ).series,
  ).toEqual([]);
  expect(
    takeRecording(
      recorderWith(30, () => undefined),
      'asked',
      now,
    ).series,
  ).toEqual([]);
  expect(
    takeRecording(
      recorderWith(30, () => 0, 'probe'),
      'asked',
      now,
    ).series,
  ).toHaveLength(1);
});

test('a recording keeps to its schema and its bytes, whatever was noted', () => {
  const noted = fc.array(
    fc.record({
      signal: fc.constantFrom(...signals),
      of: fc.oneof(
        fc.integer({ min: 1, max: 120 }).map((length) => 'c'.repeat(length)),
        fc.string({ maxLength: 5 }),
      ),
      value: fc.oneof(fc.constantFrom(-1, -2, -3, -4), fc.double({ min: 0, max: 1e6, noNaN: true })),
      limit: fc.option(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { nil: undefined }),
      step: fc.nat(3),
    }),
    { maxLength: 500 },
  );
  fc.assert(
    fc.property(noted, (all) => {
      const recorder = makeFlightRecorder();
      let second = 5;
      for (const { signal, of, value, limit, step } of all) {
        recorder.moveTo((second += step));
        recorder.note(signal, of, value, limit);
      }
      const recording = takeRecording(recorder, 'probe', now);
      expect(validate(recording), JSON.stringify(validate.errors)).toBe(true);
      expect(JSON.stringify(recording).length).toBeLessThanOrEqual(maximumRecordingBytes);
      for (const { fine } of recording.series) expect(fine.length).toBeLessThanOrEqual(fineSeconds);
    }),
    { numRuns: 200 },
  );
});

test('the most telling signals are kept where not all fit', () => {
  const recorder = makeFlightRecorder();
  for (let second = 0; second < 200; second += 1) {
    recorder.moveTo(second);
    recorder.note('agent-memory', '', 1_000 + second);
    for (let volume = 0; volume < 20; volume += 1) recorder.note('volume', `volume-${volume}`, 100_000 + second);
    recorder.note('memory', 'app', 100_000 + second);
    recorder.note('probe', 'app/liveness', 100_000 + second);
  }
  const kept = takeRecording(recorder, 'probe', now).series.map(({ signal }) => signal);
  expect(kept.slice(0, 2)).toEqual(['probe', 'memory']);
  expect(kept).not.toContain('agent-memory');
});

test('the memory of the recorder is bounded, and a value that came before stays', () => {
  const recorder = makeFlightRecorder();
  recorder.moveTo(1);
  for (let name = 0; name < 1_000; name += 1) recorder.note('memory', `app-${name}`, 1);
  expect([...recorder.channels()]).toHaveLength(40);
});
