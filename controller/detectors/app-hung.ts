import type { Detector, Finding } from '../model/finding.ts';
import type { ContainerSnapshot, PodSnapshot, ProbeSnapshot } from '../model/snapshot.ts';
import { reportExpiresAt } from './evidence/fresh-report.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { failingSinceAtLeast } from './probes/failing-since.ts';

/**
 * An app that accepts connections and does not answer, as its pod's agent saw it. Never sooner than the liveness probe's
 * own threshold unless the pod is annotated; without a liveness probe the annotation is the only permission there is,
 * since readiness alone restarts nothing.
 */
export const appHung: Detector = {
  name: 'app-hung',
  failureClass: 'AppHung',
  description:
    'An app accepts connections and has not answered its liveness probe in time for infra-autopilot.io/hang-seconds, or for its own periodSeconds × failureThreshold without that annotation. Of a container without a liveness probe the readiness probe counts, where the pod is annotated.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      (snapshot.agents.get(pod.uid)?.probes ?? []).flatMap((probe): Finding[] => {
        const container = pod.containers.find(({ name }) => name === probe.container);
        if (container === undefined || probe.failure !== 'timeout') return [];
        const seconds = hangSecondsOf(pod, container, probe);
        if (seconds === undefined) return [];
        // The annotation's seconds are of silence, a probe's threshold is of failed tries.
        const from = pod.hangSeconds === undefined ? 'failure' : 'silence';
        const failingSince = failingSinceAtLeast(probe, container, seconds, now, from);
        if (failingSince === undefined) return [];
        const forSeconds = Math.floor((probe.receivedAt - failingSince) / 1000);
        return [
          podFinding(appHung, pod, {
            container,
            // The node's clock may be ahead of ours, by which the first failed try is dated.
            faultAt: Math.min(failingSince, probe.lastSuccessAt ?? failingSince),
            evidenceAt: probe.receivedAt,
            expiresAt: reportExpiresAt(probe),
            cause: {
              name: 'unresponsive',
              message: `Container ${container.name} accepts connections and does not answer its ${probe.probe} probe.`,
            },
            seen: { probe: probe.probe, message: 'it does not answer in time' },
            message: `Container ${container.name} of pod ${pod.name} hangs: it accepts connections and has not answered for ${forSeconds} s.`,
          }),
        ];
      }),
    ),
};

/** For how long an app may be silent; undefined where this probe does not tell that it hangs. */
function hangSecondsOf(
  { hangSeconds }: PodSnapshot,
  { liveness, readiness }: ContainerSnapshot,
  { probe }: ProbeSnapshot,
): number | undefined {
  if (probe === 'readiness') return liveness === undefined && readiness !== undefined ? hangSeconds : undefined;
  if (liveness === undefined) return undefined;
  return hangSeconds ?? liveness.periodSeconds * liveness.failureThreshold;
}
