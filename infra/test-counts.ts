/** How many checks ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
}

export function addCounts(left: Counts, right: Counts): Counts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

/**
 * Counts of one suite from vitest's JSON report. A suite that failed without a failed test (a file that could not be
 * loaded, a crash, a timeout), or that ran no test at all, counts as one failure.
 */
export function countTests(report: string, suiteSucceeded: boolean): Counts {
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = parse(report);
  const hiddenFailure = numFailedTests === 0 && (!suiteSucceeded || numPassedTests === 0);
  return { passed: numPassedTests, failed: numFailedTests + (hiddenFailure ? 1 : 0), skipped: numPendingTests };
}

/** The last line of a run, for people and for CI. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function parse(report: string): VitestReport {
  try {
    return JSON.parse(report) as VitestReport;
  } catch {
    return {};
  }
}
