import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextHeartbeatMilliseconds, nextTryMilliseconds, sendBackoffMilliseconds } from './pace.ts';

const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

describe('the pace', () => {
  test('of tries is the interval less what the last one took, and never without rest', () => {
    expect(nextTryMilliseconds(1, 100, 0.5)).toBe(900);
    expect(nextTryMilliseconds(1, 5_000, 0.5)).toBe(200);
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 60, noNaN: true }), fc.nat(100_000), random, (seconds, took, chance) => {
        const wait = nextTryMilliseconds(seconds, took, chance);
        expect(wait).toBeGreaterThanOrEqual(Math.round(seconds * 200));
        expect(wait).toBeLessThanOrEqual(Math.round(seconds * 1100));
      }),
    );
  });

  test('of heartbeats is five seconds, a fifth more or less', () => {
    expect([0, 0.5, 1].map(nextHeartbeatMilliseconds)).toEqual([4_000, 5_000, 6_000]);
  });

  test('of attempts to send doubles up to a bound and heeds what the controller asks for, within reason', () => {
    expect([1, 2, 3, 10].map((failures) => sendBackoffMilliseconds(failures, 1, undefined))).toEqual([
      250, 500, 1_000, 15_000,
    ]);
    expect(sendBackoffMilliseconds(1, 0, 7)).toBe(7_000);
    expect(sendBackoffMilliseconds(1, 0, 1e9)).toBe(30_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), random, (failures, chance) => {
        const wait = sendBackoffMilliseconds(failures, chance, undefined);
        expect(wait).toBeGreaterThanOrEqual(125);
        expect(wait).toBeLessThanOrEqual(15_000);
      }),
    );
  });
});
