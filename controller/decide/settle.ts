import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime, millisecondsOf } from '#contract/micro-time.ts';
import type { Limits } from '../model/limits.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { workloadHealthySince } from './health.ts';
import { judgedAction, transition } from './status.ts';

/** Longest time of health that is asked of a workload that keeps failing and recovering by itself. */
const maximumHealthySeconds = 1800;
const flappingWindowMilliseconds = 4 * 3_600_000;

/**
 * How long a workload must be healthy before its episode ends. What recovers by itself again and again is asked
 * for twice as long each time, so that a flapping probe is one long episode and not a thousand short ones.
 */
export function requiredHealthySeconds(
  incident: Incident,
  history: readonly Incident[],
  limits: Limits,
  now: number,
): number {
  if ((incident.status?.attempts ?? 0) > 0) return limits.verifyHealthySeconds;
  const { failureClass, templateHash } = incident.spec;
  const earlier = history.filter(
    ({ metadata, spec, status }) =>
      metadata.uid !== incident.metadata.uid &&
      spec.failureClass === failureClass &&
      spec.templateHash === templateHash &&
      status?.phase === 'Resolved' &&
      status.attempts === 0 &&
      now - (millisecondsOf(status.times.resolvedAt) ?? 0) < flappingWindowMilliseconds,
  ).length;
  const doubled = limits.verifyHealthySeconds * 2 ** Math.min(earlier, 20);
  return Math.max(limits.verifyHealthySeconds, Math.min(doubled, maximumHealthySeconds));
}

/** Since when the workload is healthy as far as this episode goes; undefined when it is not yet over. */
export function settledSince(incident: Incident, snapshot: WorkloadSnapshot): number | undefined {
  const failed = snapshot.pods.find(({ uid }) => uid === incident.status?.pod?.uid);
  // While the failed pod is on its way out, its replacement may not have been seen yet.
  if (failed?.terminating === true) return undefined;
  return workloadHealthySince(snapshot);
}

/** The end of an episode, said as it was: by what was done, or by itself. */
export function resolved(
  status: IncidentStatus,
  healthySeconds: number,
  healthySince: number,
  replacement: PodSnapshot | undefined,
  now: number,
): IncidentStatus {
  const seen = `Healthy for ${healthySeconds} s`;
  const message =
    status.attempts === 0
      ? `${seen}; nothing was done, the fault went away by itself.`
      : `${seen} after ${status.did ?? 'being acted upon'}.`;
  const faultAt = millisecondsOf(status.times.faultAt);
  const ended: IncidentStatus = {
    ...(status.attempts === 0 ? status : judgedAction(status, true)),
    ...(faultAt === undefined ? {} : { took: `${Math.max(0, (healthySince - faultAt) / 1000).toFixed(1)}s` }),
    ...(replacement ? { replacement: { name: replacement.name, uid: replacement.uid } } : {}),
    times: { ...status.times, healthyAt: microTime(healthySince), resolvedAt: microTime(now) },
  };
  return transition(ended, { phase: 'Resolved', message }, now);
}
