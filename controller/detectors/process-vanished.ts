import type { Detector, Finding } from '../model/finding.ts';
import type { PodSnapshot, VanishedProcess, WorkloadSnapshot } from '../model/snapshot.ts';
import { reportExpiresAt } from './evidence/fresh-report.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { soonest } from './evidence/soonest.ts';

/** Of an ordinary exit the API server knows well within this time, and the kubelet does what there is to do. */
const unnoticedMilliseconds = 5_000;

/** A container that runs by the API server's word, though its pod's agent has seen its main process vanish. */
export const processVanished: Detector = {
  name: 'process-vanished',
  failureClass: 'ProcessVanished',
  description:
    'The agent beside a container saw its main process vanish, and 5 s later the container is still said to run as before.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      vanishedOf(snapshot, pod).flatMap((vanished): Finding[] => {
        const container = pod.containers.find(({ name }) => name === vanished.container);
        if (container === undefined || !isUnnoticed(vanished, pod)) return [];
        if (now < vanished.at + unnoticedMilliseconds || now > reportExpiresAt(vanished)) return [];
        const seconds = Math.floor((now - vanished.at) / 1000);
        return [
          podFinding(processVanished, pod, {
            container,
            faultAt: vanished.at,
            evidenceAt: vanished.receivedAt,
            expiresAt: reportExpiresAt(vanished),
            cause: {
              name: 'process-gone',
              message: `The main process of container ${container.name} is gone, and the node still says that it runs.`,
            },
            message: `The main process of container ${container.name} of pod ${pod.name} has been gone for ${seconds} s.`,
          }),
        ];
      }),
    ),
  ripensAt: (snapshot, now) =>
    soonest(
      livePods(snapshot).flatMap((pod) =>
        vanishedOf(snapshot, pod)
          .filter((vanished) => isUnnoticed(vanished, pod))
          .map(({ at }) => at + unnoticedMilliseconds),
      ),
      now,
    ),
};

function vanishedOf({ agents }: WorkloadSnapshot, { uid }: PodSnapshot): readonly VanishedProcess[] {
  return agents.get(uid)?.vanished ?? [];
}

/** Whether the container is said to run since before; an init container's process is meant to end. */
function isUnnoticed({ container: name, at }: VanishedProcess, { containers }: PodSnapshot): boolean {
  return containers.some(
    (container) =>
      container.name === name &&
      container.init !== true &&
      container.state === 'running' &&
      container.startedAt !== undefined &&
      container.startedAt <= at,
  );
}
