import type { Detector, Finding } from '../model/finding.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { exitCause } from './exits/exit-cause.ts';

/** How long an OOM kill of a container that runs again counts as a fault: after that the restart has helped. */
const afterRestartMilliseconds = 60_000;

/**
 * A container that the kernel's OOM killer ended, from the first kill on. The kubelet's termination reason is the
 * truth here; exit code 137 alone is any SIGKILL. While the container is down the kill counts however old it is.
 */
export const oomKilled: Detector = {
  name: 'oom-killed',
  failureClass: 'OOMKilled',
  description:
    'The kernel ended a container for its memory limit: from the first kill on, while the container is down or within 60 s after it runs again.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      pod.containers.flatMap((container): Finding[] => {
        const last = container.exits.at(-1);
        if (last?.reason !== 'OOMKilled') return [];
        const running = container.state === 'running';
        const expiresAt = last.finishedAt + afterRestartMilliseconds;
        if (running && now > expiresAt) return [];
        return [
          podFinding(oomKilled, pod, {
            container,
            faultAt: last.finishedAt,
            evidenceAt: snapshot.contactAt,
            expiresAt: running ? expiresAt : undefined,
            cause: exitCause(snapshot, pod, container, last),
            seen: { exitCode: last.exitCode, terminatedReason: last.reason },
            message: `Container ${container.name} of pod ${pod.name} was killed for its memory (exit code ${last.exitCode}).`,
          }),
        ];
      }),
    ),
};
