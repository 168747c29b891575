import type { FailureClass } from '#contract/vocabulary.ts';
import type { Detector, Finding } from '../../model/finding.ts';
import type { ProbeSnapshot } from '../../model/snapshot.ts';
import { reportExpiresAt } from '../evidence/fresh-report.ts';
import { livePods } from '../evidence/live-pods.ts';
import { podFinding } from '../evidence/pod-finding.ts';
import { causeOfProbe } from './answer-cause.ts';
import { failingSinceAtLeast } from './failing-since.ts';

/** Which of an app's probes a detector watches, and what it calls the failure. */
interface WatchedProbe {
  readonly name: string;
  readonly failureClass: FailureClass;
  readonly description: string;
  readonly probe: ProbeSnapshot['probe'];
}

/**
 * Detects a container whose probe, run by the agent beside it, has failed for as long as the app's author allows:
 * never before periodSeconds × failureThreshold of the pod's own spec.
 */
export function makeProbeDetector({ probe: kind, ...detector }: WatchedProbe): Detector {
  return {
    ...detector,
    detect: (snapshot, now) =>
      livePods(snapshot).flatMap((pod) =>
        (snapshot.agents.get(pod.uid)?.probes ?? []).flatMap((probe): Finding[] => {
          const container = pod.containers.find((one) => one.name === probe.container);
          const threshold = container?.[kind];
          if (probe.probe !== kind || container === undefined || threshold === undefined) return [];
          const seconds = threshold.periodSeconds * threshold.failureThreshold;
          const failingSince = failingSinceAtLeast(probe, container, seconds, now);
          if (failingSince === undefined) return [];
          const { name, how } = causeOfProbe(probe);
          return [
            podFinding(detector, pod, {
              container,
              faultAt: failingSince,
              evidenceAt: probe.receivedAt,
              expiresAt: reportExpiresAt(probe),
              cause: { name, message: `Container ${container.name} fails its ${kind} probe: ${how}.` },
              seen: { probe: kind, message: how },
              message: `The ${kind} probe of container ${container.name} of pod ${pod.name} keeps failing: ${how}.`,
            }),
          ];
        }),
      ),
  };
}
