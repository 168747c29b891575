import type { ContainerSnapshot } from '../model/snapshot.ts';
import type { Detector, Finding } from '../model/finding.ts';

/** Two exits within this time are a loop, before the kubelet's own word for it. Fewer would count every restart. */
const windowMilliseconds = 60_000;

/**
 * A container that keeps ending: its second exit within 60 s or the kubelet's CrashLoopBackOff, whichever is seen
 * first. Exits by the OOM killer are another class.
 */
export const crashLoop: Detector = {
  name: 'crash-loop',
  failureClass: 'CrashLoopBackOff',
  detect: (snapshot, now) =>
    snapshot.pods.flatMap((pod) =>
      pod.containers.flatMap((container): Finding[] => {
        const last = container.exits.at(-1);
        const backingOff = container.state === 'waiting' && container.waitingReason === 'CrashLoopBackOff';
        const looping = exitedTwiceLately(container, now);
        if (last?.reason === 'OOMKilled' || (!backingOff && !looping)) return [];
        const exit = last === undefined ? '' : ` with exit code ${last.exitCode}`;
        const evidence = {
          container: container.name,
          image: container.image,
          restartCount: container.restartCount,
          ...(last ? { exitCode: last.exitCode, terminatedReason: last.reason } : {}),
        };
        return [
          {
            detector: 'crash-loop',
            failureClass: 'CrashLoopBackOff',
            pod,
            faultAt: last?.finishedAt ?? now,
            evidenceAt: snapshot.contactAt,
            ...(last && !backingOff ? { expiresAt: last.finishedAt + windowMilliseconds } : {}),
            evidence,
            message: `Container ${container.name} of pod ${pod.name} keeps ending${exit} (${container.restartCount} restarts).`,
          },
        ];
      }),
    ),
};

function exitedTwiceLately({ exits }: ContainerSnapshot, now: number): boolean {
  const [previous, last] = exits.slice(-2);
  if (previous === undefined || last === undefined) return false;
  return last.finishedAt - previous.finishedAt <= windowMilliseconds && now - last.finishedAt <= windowMilliseconds;
}
