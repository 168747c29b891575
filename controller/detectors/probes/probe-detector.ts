import type { FailureClass } from '#contract/vocabulary.ts';
import type { Detector, Finding } from '../../model/finding.ts';
import type { ContainerSnapshot, ProbeSnapshot } from '../../model/snapshot.ts';

/** An agent reports each 5 s; after three missed reports its last word is no evidence. */
const reportFreshMilliseconds = 15_000;

/** Which of an app's probes a detector watches, and what it calls the failure. */
interface WatchedProbe {
  readonly name: string;
  readonly failureClass: FailureClass;
  readonly probe: ProbeSnapshot['probe'];
}

/**
 * Detects a container whose probe, run by the agent beside it, has failed for as long as the app's author allows:
 * never before periodSeconds × failureThreshold of the pod's own spec, and never before its first success since
 * the container started, since starting up is the startup probe's business.
 */
export function makeProbeDetector({ name, failureClass, probe: kind }: WatchedProbe): Detector {
  return {
    name,
    failureClass,
    detect: (snapshot, now) =>
      snapshot.pods.flatMap((pod) =>
        (snapshot.probes.get(pod.uid) ?? []).flatMap((probe): Finding[] => {
          const container = pod.containers.find((one) => one.name === probe.container);
          if (probe.probe !== kind || container === undefined) return [];
          const failingSince = failedLongEnough(probe, container, now);
          if (failingSince === undefined) return [];
          const how =
            probe.failure === 'status' ? `status ${probe.statusCode ?? 'unknown'}` : (probe.failure ?? 'failed');
          return [
            {
              detector: name,
              failureClass,
              pod,
              faultAt: failingSince,
              evidenceAt: probe.receivedAt,
              expiresAt: probe.receivedAt + reportFreshMilliseconds,
              evidence: {
                container: container.name,
                image: container.image,
                probe: kind,
                restartCount: container.restartCount,
                message: how,
              },
              message: `The ${kind} probe of container ${container.name} of pod ${pod.name} keeps failing: ${how}.`,
            },
          ];
        }),
      ),
  };
}

/** Since when, or undefined when that is not long enough, not fresh, or not about this run of the container. */
function failedLongEnough(probe: ProbeSnapshot, container: ContainerSnapshot, now: number): number | undefined {
  const { startedAt } = container;
  const { state, failingSince, lastSuccessAt } = probe;
  const threshold = container[probe.probe];
  if (state !== 'failing' || threshold === undefined || startedAt === undefined) return undefined;
  if (failingSince === undefined || lastSuccessAt === undefined || lastSuccessAt < startedAt) return undefined;
  if (now - probe.receivedAt > reportFreshMilliseconds) return undefined;
  // Only what the agent has seen counts: silence after its last report is not failure.
  const failedSeconds = (probe.receivedAt - failingSince) / 1000;
  return failedSeconds >= threshold.periodSeconds * threshold.failureThreshold ? failingSince : undefined;
}
