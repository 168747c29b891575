import type { ContainerSnapshot, ProbeSnapshot } from '../model/snapshot.ts';
import type { Detector, Finding } from '../model/finding.ts';

/** An agent reports each 5 s; after three missed reports its last word is no evidence. */
const reportFreshMilliseconds = 15_000;

/**
 * A container whose readiness probe, run by the agent beside it, has failed for as long as the app's author allows:
 * never before periodSeconds × failureThreshold of the pod's own spec, and never before its first success since
 * the container started, since starting up is the startup probe's business.
 */
export const readinessFailing: Detector = {
  name: 'readiness-failing',
  failureClass: 'ReadinessProbeFailed',
  detect: (snapshot, now) =>
    snapshot.pods.flatMap((pod) =>
      (snapshot.probes.get(pod.uid) ?? []).flatMap((probe): Finding[] => {
        const container = pod.containers.find(({ name }) => name === probe.container);
        if (probe.probe !== 'readiness' || container === undefined) return [];
        const failingSince = failedLongEnough(probe, container, now);
        if (failingSince === undefined) return [];
        const how =
          probe.failure === 'status' ? `status ${probe.statusCode ?? 'unknown'}` : (probe.failure ?? 'failed');
        return [
          {
            detector: 'readiness-failing',
            failureClass: 'ReadinessProbeFailed',
            pod,
            faultAt: failingSince,
            evidenceAt: probe.receivedAt,
            expiresAt: probe.receivedAt + reportFreshMilliseconds,
            evidence: {
              container: container.name,
              image: container.image,
              probe: 'readiness',
              restartCount: container.restartCount,
              message: how,
            },
            message: `The readiness probe of container ${container.name} of pod ${pod.name} keeps failing: ${how}.`,
          },
        ];
      }),
    ),
};

/** Since when, or undefined when that is not long enough, not fresh, or not about this run of the container. */
function failedLongEnough(probe: ProbeSnapshot, container: ContainerSnapshot, now: number): number | undefined {
  const { readiness: threshold, startedAt } = container;
  const { state, failingSince, lastSuccessAt } = probe;
  if (state !== 'failing' || threshold === undefined || startedAt === undefined) return undefined;
  if (failingSince === undefined || lastSuccessAt === undefined || lastSuccessAt < startedAt) return undefined;
  if (now - probe.receivedAt > reportFreshMilliseconds) return undefined;
  // Only what the agent has seen counts: silence after its last report is not failure.
  const failedSeconds = (probe.receivedAt - failingSince) / 1000;
  return failedSeconds >= threshold.periodSeconds * threshold.failureThreshold ? failingSince : undefined;
}
