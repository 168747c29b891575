import type { Detector, Finding } from '../model/finding.ts';

/** How long an OOM kill of a container that runs again counts as a fault: after that the restart has helped. */
const afterRestartMilliseconds = 60_000;

/**
 * A container that the kernel's OOM killer ended, from the first kill on. The kubelet's termination reason is the
 * truth here; exit code 137 alone is any SIGKILL. While the container is down the kill counts however old it is.
 */
export const oomKilled: Detector = {
  name: 'oom-killed',
  failureClass: 'OOMKilled',
  detect: (snapshot, now) =>
    snapshot.pods.flatMap((pod) =>
      pod.containers.flatMap((container): Finding[] => {
        const last = container.exits.at(-1);
        if (last?.reason !== 'OOMKilled') return [];
        const running = container.state === 'running';
        const expiresAt = last.finishedAt + afterRestartMilliseconds;
        if (running && now > expiresAt) return [];
        return [
          {
            detector: 'oom-killed',
            failureClass: 'OOMKilled',
            pod,
            faultAt: last.finishedAt,
            evidenceAt: snapshot.contactAt,
            ...(running ? { expiresAt } : {}),
            evidence: {
              container: container.name,
              image: container.image,
              restartCount: container.restartCount,
              exitCode: last.exitCode,
              terminatedReason: last.reason,
            },
            message: `Container ${container.name} of pod ${pod.name} was killed for its memory (exit code ${last.exitCode}).`,
          },
        ];
      }),
    ),
};
