import type { Incident, IncidentAction, IncidentStatus } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { Finding } from '../model/finding.ts';
import type { Limits } from '../model/limits.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { healthySince, livePods, workloadHealthySince } from './health.ts';
import { isAttempt } from './history.ts';

export type Verification =
  | { readonly state: 'waiting'; readonly until: number }
  | {
      readonly state: 'healthy';
      readonly since: number;
      readonly replacement: PodSnapshot | undefined;
      /** Uids of the pods that were watched: what is still seen of a fault of theirs is from before the act. */
      readonly watched: ReadonlySet<string>;
    }
  | { readonly state: 'ineffective'; readonly finding: Finding; readonly replacement: PodSnapshot | undefined }
  | { readonly state: 'timed-out'; readonly replacement: PodSnapshot | undefined };

/** Creation times have a resolution of 1 s, rounded down. */
const resolutionMilliseconds = 1000;

/** What must be healthy after an act: one pod, or the workload as a whole. */
interface Expectation {
  readonly pods: readonly PodSnapshot[];
  /** Since when it is healthy; undefined when it is not, or is not there yet. */
  readonly since: number | undefined;
  /** Whether a fault is the same one that was acted upon and not one that came after. */
  readonly isOld: (finding: Finding) => boolean;
}

/** Whether what was acted upon is healthy for long enough, or has shown that it won't be. */
export function verify(
  incident: Incident,
  status: IncidentStatus,
  snapshot: WorkloadSnapshot,
  findings: readonly Finding[],
  limits: Limits,
  now: number,
): Verification {
  const actedAt = millisecondsOf(status.times.actedAt) ?? now;
  const expected = expectationOf(status, snapshot, actedAt, actedAt + serverAheadMilliseconds(incident, status));
  const [replacement] = expected.pods;
  const uids = new Set(expected.pods.map(({ uid }) => uid));
  const finding = findings.find((one) => one.pod !== undefined && uids.has(one.pod.uid) && !expected.isOld(one));
  if (finding) return { state: 'ineffective', finding, replacement: finding.pod };
  if (expected.since !== undefined) {
    // A node's clock that is behind must not make the replacement healthy since before it was there.
    const since = Math.max(expected.since, actedAt);
    const until = since + limits.verifyHealthySeconds * 1000;
    return now >= until ? { state: 'healthy', since, replacement, watched: uids } : { state: 'waiting', until };
  }
  const deadline = actedAt + limits.verifyTimeoutSeconds * 1000;
  return now >= deadline ? { state: 'timed-out', replacement } : { state: 'waiting', until: deadline };
}

function expectationOf(
  status: IncidentStatus,
  snapshot: WorkloadSnapshot,
  actedAt: number,
  actedAtByServer: number,
): Expectation {
  const action = status.actions?.findLast(isAttempt);
  switch (action?.kinds.at(-1)) {
    case 'restart-container':
    case 'clear-cache':
      return inPlace(action, snapshot, actedAt) ?? replaced(status, snapshot, actedAtByServer);
    case 'restart-rollout': {
      const pods = livePods(snapshot).filter(({ createdAt }) => createdAt + resolutionMilliseconds > actedAtByServer);
      const whole = pods.length > 0 && pods.length === livePods(snapshot).length;
      return { pods, since: whole ? workloadHealthySince(snapshot) : undefined, isOld: () => false };
    }
    case 'scale-replicas': {
      const pods = livePods(snapshot);
      const enough = status.surge?.target.kind === 'HorizontalPodAutoscaler' || pods.length >= (status.surge?.to ?? 0);
      const since = enough ? workloadHealthySince(snapshot) : undefined;
      // More replicas are to help those that fail: while they come up, the old fault is still there.
      return { pods, since, isOld: () => true };
    }
    case 'evict-pod':
    case undefined:
      return replaced(status, snapshot, actedAtByServer);
  }
}

/** The same pod, its container started anew; undefined when that pod is gone and another takes its place. */
function inPlace(
  { target, kinds }: IncidentAction,
  snapshot: WorkloadSnapshot,
  actedAt: number,
): Expectation | undefined {
  const pod = livePods(snapshot).find(({ uid }) => uid === target.uid);
  if (pod === undefined) return undefined;
  const startedAt = pod.containers.find(({ name }) => name === target.container)?.startedAt;
  const restarted = startedAt !== undefined && startedAt + resolutionMilliseconds > actedAt;
  const since = restarted || kinds.at(-1) === 'clear-cache' ? healthySince(pod) : undefined;
  return { pods: [pod], since, isOld: ({ faultAt }) => faultAt <= actedAt + resolutionMilliseconds };
}

/** The first live pod of the workload that was made after the act, both by the API server's clock. */
function replaced(status: IncidentStatus, snapshot: WorkloadSnapshot, actedAt: number): Expectation {
  const [replacement] = livePods(snapshot)
    .filter((pod) => pod.uid !== status.pod?.uid && pod.createdAt + resolutionMilliseconds > actedAt)
    .toSorted((one, other) => one.createdAt - other.createdAt);
  return {
    pods: replacement === undefined ? [] : [replacement],
    since: replacement && healthySince(replacement),
    isOld: () => false,
  };
}

/**
 * How far the API server's clock, which dates pods, is ahead of ours, which dates acts. The API server dated the incident,
 * rounded down to 1 s, after we had detected the fault and before we first acted. Of all that fits, what is nearest to 0: a slow
 * API server is no fast clock, or a replacement that was made at once would count as older than the act.
 */
function serverAheadMilliseconds({ metadata }: Incident, { times, actions }: IncidentStatus): number {
  const created = millisecondsOf(metadata.creationTimestamp);
  const detected = millisecondsOf(times.detectedAt);
  if (created === undefined || detected === undefined) return 0;
  const acted = millisecondsOf(actions?.[0]?.sentAt ?? times.actedAt) ?? detected;
  const least = created - acted;
  const most = created - detected;
  return Math.min(most, Math.max(least, 0));
}
