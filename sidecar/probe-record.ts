import type { ProbeFailure, ProbeState } from '#contract/report.ts';
import type { TryResult } from './try-probe.ts';

/** What is remembered of one probe. Times are milliseconds since the Unix epoch. */
export interface ProbeRecord {
  readonly state: ProbeState;
  readonly consecutiveFailures: number;
  readonly failure: ProbeFailure | undefined;
  readonly statusCode: number | undefined;
  readonly latencySeconds: number | undefined;
  readonly lastSuccessAt: number | undefined;
  /** When the first of the failed tries was sent; set exactly while failing. */
  readonly failingSince: number | undefined;
  /** Whether the failing has lasted for the author's own threshold. */
  readonly pastThreshold: boolean;
}

export const freshRecord: ProbeRecord = {
  state: 'unknown',
  consecutiveFailures: 0,
  failure: undefined,
  statusCode: undefined,
  latencySeconds: undefined,
  lastSuccessAt: undefined,
  failingSince: undefined,
  pastThreshold: false,
};

/** One try: when it was sent and answered, and how long that took by a clock that doesn't jump. */
export interface TimedResult {
  readonly result: TryResult;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly latencySeconds: number;
}

/**
 * The record after a try. A probe stays `unknown` until its first success, however often it fails: start-up is the
 * startup probe's business. `tellNow` is true for what the controller must not learn a heartbeat late.
 */
export function advanceRecord(
  before: ProbeRecord,
  { result, sentAt, endedAt, latencySeconds }: TimedResult,
  thresholdSeconds: number,
): { readonly record: ProbeRecord; readonly tellNow: boolean } {
  const { statusCode } = result;
  if (result.ok) {
    const record: ProbeRecord = {
      ...freshRecord,
      state: 'succeeding',
      statusCode,
      latencySeconds,
      lastSuccessAt: endedAt,
    };
    return { record, tellNow: before.state !== 'succeeding' };
  }
  const consecutiveFailures = before.consecutiveFailures + 1;
  if (before.state === 'unknown') {
    return { record: { ...freshRecord, consecutiveFailures, latencySeconds }, tellNow: false };
  }
  const failingSince = before.failingSince ?? sentAt;
  const pastThreshold = before.pastThreshold || endedAt - failingSince >= thresholdSeconds * 1000;
  const record: ProbeRecord = {
    state: 'failing',
    consecutiveFailures,
    failure: result.failure,
    statusCode,
    latencySeconds,
    lastSuccessAt: before.lastSuccessAt,
    failingSince,
    pastThreshold,
  };
  return { record, tellNow: before.state !== 'failing' || pastThreshold !== before.pastThreshold };
}
