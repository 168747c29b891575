import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { Finding } from '../model/finding.ts';
import type { Limits } from '../model/limits.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { healthySince, livePods } from './health.ts';

export type Verification =
  | { readonly state: 'waiting'; readonly until: number }
  | { readonly state: 'healthy'; readonly since: number; readonly replacement: PodSnapshot }
  | { readonly state: 'ineffective'; readonly finding: Finding; readonly replacement: PodSnapshot }
  | { readonly state: 'timed-out'; readonly replacement: PodSnapshot | undefined };

/** Creation times have a resolution of 1 s, rounded down. */
const resolutionMilliseconds = 1000;

/** Whether the pod that took the evicted one's place is healthy for long enough, or has shown that it won't be. */
export function verify(
  incident: Incident,
  status: IncidentStatus,
  snapshot: WorkloadSnapshot,
  findings: readonly Finding[],
  limits: Limits,
  now: number,
): Verification {
  const actedAt = millisecondsOf(status.times.actedAt) ?? now;
  const replacement = replacementOf(status, snapshot, actedAt + serverAheadMilliseconds(incident, status));
  const finding = findings.find(({ pod }) => pod.uid === replacement?.uid);
  if (replacement && finding) return { state: 'ineffective', finding, replacement };
  const ready = replacement && healthySince(replacement);
  if (replacement && ready !== undefined) {
    // A node's clock that is behind must not make the replacement healthy since before it was there.
    const since = Math.max(ready, actedAt);
    const until = since + limits.verifyHealthySeconds * 1000;
    return now >= until ? { state: 'healthy', since, replacement } : { state: 'waiting', until };
  }
  const deadline = actedAt + limits.verifyTimeoutSeconds * 1000;
  return now >= deadline ? { state: 'timed-out', replacement } : { state: 'waiting', until: deadline };
}

/**
 * How far the API server's clock, which dates pods, is ahead of ours, which dates acts. The API server dated the incident
 * at the moment at which we call it detected; rounded down, so the true figure is up to 1 s more.
 */
function serverAheadMilliseconds({ metadata }: Incident, { times }: IncidentStatus): number {
  const created = millisecondsOf(metadata.creationTimestamp);
  const detected = millisecondsOf(times.detectedAt);
  return created === undefined || detected === undefined ? 0 : created - detected;
}

/** The first live pod of the workload that was made after the act, both by the API server's clock. */
function replacementOf(status: IncidentStatus, snapshot: WorkloadSnapshot, actedAt: number): PodSnapshot | undefined {
  return livePods(snapshot)
    .filter((pod) => pod.uid !== status.pod?.uid && pod.createdAt + resolutionMilliseconds > actedAt)
    .toSorted((one, other) => one.createdAt - other.createdAt)[0];
}
