import type { ContainerSnapshot } from '../model/snapshot.ts';
import type { Detector, Finding } from '../model/finding.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { exitCause } from './exits/exit-cause.ts';

/** Two exits within this time are a loop, before the kubelet's own word for it. Fewer would count every restart. */
const windowMilliseconds = 60_000;

/**
 * A container that keeps ending: its second exit within 60 s or the kubelet's CrashLoopBackOff, whichever is seen
 * first. Exits by the OOM killer are another class.
 */
export const crashLoop: Detector = {
  name: 'crash-loop',
  failureClass: 'CrashLoopBackOff',
  description:
    'A container keeps ending: its second exit within 60 s, or the kubelet’s CrashLoopBackOff, whichever is seen first.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      pod.containers.flatMap((container): Finding[] => {
        const last = container.exits.at(-1);
        const backingOff = container.state === 'waiting' && container.waitingReason === 'CrashLoopBackOff';
        if (last?.reason === 'OOMKilled' || (!backingOff && !loops(container, now))) return [];
        const exit = last === undefined ? '' : ` with exit code ${last.exitCode}`;
        return [
          podFinding(crashLoop, pod, {
            container,
            faultAt: last?.finishedAt ?? now,
            evidenceAt: snapshot.contactAt,
            expiresAt: last && !backingOff ? last.finishedAt + windowMilliseconds : undefined,
            cause: last
              ? exitCause(snapshot, pod, container, last)
              : { name: 'unknown', message: `No exit of container ${container.name} was seen.` },
            seen: last ? { exitCode: last.exitCode, terminatedReason: last.reason } : {},
            message: `Container ${container.name} of pod ${pod.name} keeps ending${exit} (${container.restartCount} restarts).`,
          }),
        ];
      }),
    ),
};

function loops({ exits, init, state }: ContainerSnapshot, now: number): boolean {
  const [previous, last] = exits.slice(-2);
  if (previous === undefined || last === undefined) return false;
  // An init container, or a Job's, that succeeds at last: what should go on running is started again at once.
  if (last.exitCode === 0 && (init === true || state === 'terminated')) return false;
  return last.finishedAt - previous.finishedAt <= windowMilliseconds && now - last.finishedAt <= windowMilliseconds;
}
