import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leastForecastConfidence } from '#contract/report.ts';
import { makeMemoryTrend } from './memory-trend.ts';

const mebibyte = 1_048_576;
const limit = 512 * mebibyte;

/** What is left of it when the kernel has taken its part. */
const usable = 0.98 * limit;

/** What a container uses at a second. */
type Course = (second: number) => number;

/** The first second at which the limit is foreseen with confidence, of those before it is met. */
function foreseenAt(course: Course, seconds: number): { second: number; secondsLeft: number } | undefined {
  const trend = makeMemoryTrend();
  for (let second = 0; second < seconds; second += 1) {
    const bytes = course(second);
    if (bytes >= limit) return undefined;
    trend.add(second, bytes);
    const foresight = trend.foresee(limit);
    if (foresight && foresight.confidence >= leastForecastConfidence) {
      return { second, secondsLeft: foresight.secondsLeft };
    }
  }
  return undefined;
}

/** Noise that is the same for the same seed, evenly spread over ± the amplitude. */
function noise(seed: number, amplitude: number): Course {
  let state = seed | 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return ((state >> 8) / 0x7fffff) * 2 * amplitude - amplitude;
  };
}

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const tenMinutes = 600;
const runs = { numRuns: 150 };

/** A rise that may go on has to be foretold when this much is left of it, so none that stops later than that is told from it. */
const tellingSeconds = 10;

describe('a leak', () => {
  const leak = fc.record({
    megabytesPerSecond: between(1, 20),
    noiseBytes: between(0, 8 * mebibyte),
    quietSeconds: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })),
    phase: between(0, 1),
    seed: seeds,
  });

  test('of 1 to 20 MB/s from 64 Mi to 512 Mi is foretold 5 s ahead at the latest, noisy or not', () => {
    fc.assert(
      fc.property(leak, ({ megabytesPerSecond, noiseBytes, quietSeconds, phase, seed }) => {
        const slope = megabytesPerSecond * 1e6;
        const jitter = noise(seed, noiseBytes);
        const base = 64 * mebibyte;
        const metAt = quietSeconds - phase + (limit - base) / slope;
        const course: Course = (second) => base + Math.max(0, second + phase - quietSeconds) * slope + jitter(second);
        const foreseen = foreseenAt(course, 2_000);
        expect(foreseen).toBeDefined();
        expect(metAt - (foreseen?.second ?? Infinity)).toBeGreaterThanOrEqual(5);
      }),
      runs,
    );
  });

  test('is dated to within a few seconds', () => {
    const foreseen = foreseenAt((second) => 64 * mebibyte + second * 10e6, 100);
    const metAt = (limit - 64 * mebibyte) / 10e6;
    expect(Math.abs((foreseen?.second ?? 0) + (foreseen?.secondsLeft ?? 0) - metAt)).toBeLessThan(3);
  });

  test('that an app with a garbage collector has is seen by what it keeps after each release', () => {
    const leaking = fc.record({
      // Teeth that are hardly longer than the tick beat with it.
      periodSeconds: between(8, 60),
      amplitude: between(20 * mebibyte, 120 * mebibyte),
      slope: between(0.5 * mebibyte, 3 * mebibyte),
    });
    fc.assert(
      fc.property(leaking, ({ periodSeconds, amplitude, slope }) => {
        const course: Course = (second) =>
          64 * mebibyte + second * slope + (amplitude * (second % periodSeconds)) / periodSeconds;
        expect(foreseenAt(course, 2_000)).toBeDefined();
      }),
      runs,
    );
  });
});

/** The first generated course that something is foretold of; undefined where there is none. */
function foretold<Shape>(shapes: fc.Arbitrary<Shape>, courseOf: (shape: Shape) => Course): string | undefined {
  const checked = fc.check(
    fc.property(shapes, (shape) => foreseenAt(courseOf(shape), tenMinutes) === undefined),
    runs,
  );
  return fc.defaultReportMessage(checked);
}

describe('nothing is foretold in ten minutes', () => {
  test('of the teeth of a garbage collector, slow or quick, low or high', () => {
    const teeth = fc.record({
      periodSeconds: between(2, 60),
      base: between(30 * mebibyte, 250 * mebibyte),
      heightRatio: between(0.05, 1),
      phase: between(0, 1),
      noiseBytes: between(0, 4 * mebibyte),
      seed: seeds,
    });
    const found = foretold(teeth, ({ periodSeconds, base, heightRatio, phase, noiseBytes, seed }) => {
      const room = usable - noiseBytes - base;
      const highest = Math.min(0.93 * limit - base, (room * periodSeconds) / (periodSeconds + tellingSeconds));
      const jitter = noise(seed, noiseBytes);
      return (second) => base + heightRatio * highest * ((second / periodSeconds + phase) % 1) + jitter(second);
    });
    expect(found).toBeUndefined();
  });

  test('of teeth of which none is like the other', () => {
    const teeth = fc.record({
      base: between(30 * mebibyte, 200 * mebibyte),
      periodSeconds: between(8, 60),
      seed: seeds,
    });
    const found = foretold(teeth, ({ base, periodSeconds, seed }) => {
      const room = usable - base;
      const highest = Math.min(0.93 * limit - base, (room * periodSeconds) / (periodSeconds + tellingSeconds));
      const chance = noise(seed, 0.2);
      let used = base;
      let top = base + 0.8 * highest;
      return (second) => {
        used += (highest / periodSeconds) * (0.9 + chance(second));
        if (used > top) {
          used = base + 0.05 * highest;
          top = base + highest * (0.8 + chance(second));
        }
        return used;
      };
    });
    expect(found).toBeUndefined();
  });

  test('of a cache that fills and levels off', () => {
    const warmUp = fc.record({
      timeConstantSeconds: between(3, 200),
      base: between(0, 100 * mebibyte),
      levelRatio: between(0.3, 0.93),
      noiseBytes: between(0, 4 * mebibyte),
      seed: seeds,
    });
    const found = foretold(warmUp, ({ timeConstantSeconds, base, levelRatio, noiseBytes, seed }) => {
      const level = levelRatio * limit;
      const jitter = noise(seed, noiseBytes);
      return (second) => Math.max(0, level - (level - base) * Math.exp(-second / timeConstantSeconds) + jitter(second));
    });
    expect(found).toBeUndefined();
  });

  test('of a heap that grows at an even pace to its own bound', () => {
    const ramp = fc.record({
      base: between(10 * mebibyte, 100 * mebibyte),
      levelRatio: between(0.3, 0.93),
      mebibytesPerSecond: between(0.2, 20),
      startSecond: fc.integer({ min: 0, max: 60 }),
      noiseBytes: between(0, 4 * mebibyte),
      seed: seeds,
    });
    const found = foretold(ramp, ({ base, levelRatio, mebibytesPerSecond, startSecond, noiseBytes, seed }) => {
      const level = levelRatio * limit;
      const fastest = (usable - level - noiseBytes) / tellingSeconds;
      const slope = Math.min(mebibytesPerSecond * mebibyte, fastest);
      const jitter = noise(seed, noiseBytes);
      return (second) => Math.min(level, base + Math.max(0, second - startSecond) * slope) + jitter(second);
    });
    expect(found).toBeUndefined();
  });

  test('of steady noise, close to the limit or far from it', () => {
    const steady = fc.record({ highRatio: between(0.1, 0.95), noiseRatio: between(0, 0.08), seed: seeds });
    const found = foretold(steady, ({ highRatio, noiseRatio, seed }) => {
      const jitter = noise(seed, (noiseRatio * limit) / 2);
      return (second) => Math.max(0, (highRatio - noiseRatio / 2) * limit + jitter(second));
    });
    expect(found).toBeUndefined();
  });

  test('of memory that is counted more than once, and so is above its limit', () => {
    const trend = makeMemoryTrend();
    for (let second = 0; second < tenMinutes; second += 1) {
      trend.add(second, limit + second * mebibyte);
      expect(trend.foresee(limit)).toBeUndefined();
    }
  });
});

test('time that was lost does not make a leak faster than it is', () => {
  const trend = makeMemoryTrend();
  let told = Infinity;
  for (let second = 0; second < 200; second += 5) {
    trend.add(second, 64 * mebibyte + second * 2 * mebibyte);
    if (trend.foresee(limit) !== undefined) told = Math.min(told, second);
  }
  expect(told).toBeGreaterThan(180);
});
