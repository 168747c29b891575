import type { Detector, Finding } from '../model/finding.ts';
import type {
  ContainerSnapshot,
  EventSnapshot,
  PodSnapshot,
  ProbeThreshold,
  WorkloadSnapshot,
} from '../model/snapshot.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { soonest } from './evidence/soonest.ts';
import { warnings } from './evidence/warnings.ts';
import { causeOfProbeText } from './probes/answer-cause.ts';

/** One failed try is how most apps start; the kubelet's event counts how often. */
const repeated = 2;

/** The kubelet writes an event a moment after it acted, and an exit's time is rounded down to a second. */
const slackMilliseconds = 2_000;

/**
 * A container whose startup probe has not once succeeded for as long as its author allows, or that the kubelet has
 * restarted for it. Until then being slow is starting, not a fault.
 */
export const startupFailing: Detector = {
  name: 'startup-failing',
  failureClass: 'StartupProbeFailed',
  description:
    'A container has not passed its startup probe within its initialDelaySeconds + periodSeconds × failureThreshold, or was restarted for that and has not passed it since.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      pod.containers.flatMap((container): Finding[] => {
        const { startup } = container;
        if (startup === undefined || container.started === true) return [];
        const told = startupFailures(snapshot, pod);
        const restartedAt = restartedForIt(container, pod, startup, told);
        const dueAt = startDueAt(container);
        const faultAt = dueAt !== undefined && now >= dueAt ? dueAt : restartedAt;
        if (faultAt === undefined) return [];
        const [last] = told;
        const { name, how } = causeOfProbeText(last?.message ?? '');
        const again = restartedAt === undefined ? '' : ` and was restarted for it (${container.restartCount} restarts)`;
        return [
          podFinding(startupFailing, pod, {
            container,
            faultAt,
            evidenceAt: snapshot.contactAt,
            cause: { name, message: `Container ${container.name} does not pass its startup probe: ${how}.` },
            seen: { probe: 'startup', ...(last ? { message: quote(last.message) } : {}) },
            message: `Container ${container.name} of pod ${pod.name} does not start up in time${again}: ${how}.`,
          }),
        ];
      }),
    ),
  ripensAt: (snapshot, now) =>
    soonest(
      livePods(snapshot)
        .flatMap(({ containers }) => containers)
        .flatMap((container) => startDueAt(container) ?? []),
      now,
    ),
};

/** When a container that runs has used up the time for its start; undefined where that is no question. */
function startDueAt({ startup, started, state, startedAt }: ContainerSnapshot): number | undefined {
  if (startup === undefined || started === true || state !== 'running' || startedAt === undefined) return undefined;
  return startedAt + allowedMilliseconds(startup);
}

function allowedMilliseconds({ initialDelaySeconds = 0, periodSeconds, failureThreshold }: ProbeThreshold): number {
  return (initialDelaySeconds + periodSeconds * failureThreshold) * 1000;
}

/** The event names no container; of several with a startup probe it may be another's, but none of these has started. */
function startupFailures(snapshot: WorkloadSnapshot, { uid }: PodSnapshot): readonly EventSnapshot[] {
  return warnings(snapshot, uid, ['Unhealthy']).filter(({ message }) => message.startsWith('Startup probe failed'));
}

/** When the container ended for its startup probe: its last exit, if the probe failed up to then. */
function restartedForIt(
  { restartCount, exits }: ContainerSnapshot,
  { graceSeconds }: PodSnapshot,
  startup: ProbeThreshold,
  told: readonly EventSnapshot[],
): number | undefined {
  const endedAt = exits.at(-1)?.finishedAt;
  if (restartCount === 0 || endedAt === undefined) return undefined;
  const earliest = endedAt - (graceSeconds + startup.periodSeconds) * 1000 - slackMilliseconds;
  const count = told
    .filter(({ firstAt, lastAt }) => firstAt <= endedAt + slackMilliseconds && lastAt >= earliest)
    .reduce((sum, event) => sum + event.count, 0);
  // A threshold of one failure needs no second.
  return count >= Math.min(repeated, startup.failureThreshold) ? endedAt : undefined;
}
