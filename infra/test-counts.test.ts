import { describe, expect, it } from 'vitest';
import { addCounts, closingLine, countTests } from './test-counts.ts';

describe('test counts', () => {
  it.each([
    ['{"numPassedTests":3,"numFailedTests":0,"numPendingTests":1}', true, { passed: 3, failed: 0, skipped: 1 }],
    ['{"numPassedTests":3,"numFailedTests":2}', false, { passed: 3, failed: 2, skipped: 0 }],
    ['{"numPassedTests":3,"numFailedTests":0}', false, { passed: 3, failed: 1, skipped: 0 }],
    ['{"numPassedTests":0}', true, { passed: 0, failed: 1, skipped: 0 }],
    ['', false, { passed: 0, failed: 1, skipped: 0 }],
  ])('counts a suite that reported %s as %o', (report, succeeded, counts) => {
    expect(countTests(report, succeeded)).toEqual(counts);
  });

  it('ends with a line that names skipped checks only where there are some', () => {
    const sum = addCounts({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 });
    expect(closingLine(sum)).toBe('3 passed, 1 failed');
    expect(closingLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped');
  });
});
