import { assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeKubeletAlone, kubeletAlone } from './kubelet-alone.ts';

describe('the kubelet alone', () => {
  it.each([
    [0, 1, 10],
    [9.9, 1, 10],
    [10, 2, 30],
    [40, 3, 70],
    [70, 4, 150],
    [309, 5, 310],
    [310, 6, 610],
    [910, 8, 1210],
  ])(
    '%d s after the fault has made %d restarts and makes the next at %d s',
    (elapsed, restarts, nextRestartSeconds) => {
      expect(kubeletAlone(elapsed)).toEqual({ restarts, nextRestartSeconds });
    },
  );

  it('always has its next restart ahead, at most 300 s away', () => {
    assert(
      property(double({ min: 0, max: 100_000, noNaN: true }), (elapsed) => {
        const { nextRestartSeconds } = kubeletAlone(elapsed);
        expect(nextRestartSeconds).toBeGreaterThan(elapsed);
        expect(nextRestartSeconds - elapsed).toBeLessThanOrEqual(300);
      }),
    );
  });

  it('is told with the file into which it restarts', () => {
    expect(describeKubeletAlone(40, 'corrupt file')).toBe(
      'still down, restart #4 due at 70 s into the same corrupt file',
    );
  });
});
