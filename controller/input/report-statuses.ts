import type { ReportResult } from '#contract/vocabulary.ts';

/** HTTP status of each answer. A pod that is not known yet is no error: its watch event is on the way. */
export const reportStatuses: Readonly<Record<ReportResult, number>> = {
  accepted: 200,
  stale: 204,
  'unknown-pod': 204,
  malformed: 400,
  'too-large': 413,
  unauthenticated: 401,
  forbidden: 403,
  throttled: 429,
  unavailable: 503,
};
