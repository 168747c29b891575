import type { Cause, Detector, Finding } from '../model/finding.ts';
import type { ContainerSnapshot, PodSnapshot } from '../model/snapshot.ts';
import { livePods } from './evidence/live-pods.ts';
import { missingObjectCause } from './evidence/missing-object.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { soonest } from './evidence/soonest.ts';

/**
 * The kubelet's words for a container that it can't make.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/kubelet/kuberuntime/kuberuntime_container.go
 */
const reasons = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

/**
 * A busy node also says this where a second try helps, such as for a cache that is not yet filled; the kubelet tries
 * again well within this time. What is missing by name is missing at once.
 */
const secondTryMilliseconds = 10_000;

/** A container that can't be made as its pod describes it: nothing but a change of the pod or of what it names helps. */
export const configError: Detector = {
  name: 'config-error',
  failureClass: 'ConfigError',
  description:
    'A container can not be created as its pod describes it: at once where a Secret or ConfigMap is missing or the command can not be run, otherwise after 10 s.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      pod.containers.filter(isRefused).flatMap((container): Finding[] => {
        const cause = causeOf(container, pod);
        if (now < ripeAt(container, cause, now)) return [];
        return [
          podFinding(configError, pod, {
            container,
            faultAt: container.waitingSince ?? now,
            evidenceAt: snapshot.contactAt,
            cause,
            seen: container.waitingMessage === undefined ? {} : { message: container.waitingMessage },
            message: `Container ${container.name} of pod ${pod.name} can't be created. ${cause.message}`,
          }),
        ];
      }),
    ),
  ripensAt: (snapshot, now) =>
    soonest(
      livePods(snapshot).flatMap((pod) =>
        pod.containers.filter(isRefused).map((container) => ripeAt(container, causeOf(container, pod), now)),
      ),
      now,
    ),
};

function isRefused({ state, waitingReason = '' }: ContainerSnapshot): boolean {
  return state === 'waiting' && reasons.includes(waitingReason);
}

function ripeAt({ waitingSince }: ContainerSnapshot, { name }: Cause, now: number): number {
  return name === 'bad-config' ? (waitingSince ?? now) + secondTryMilliseconds : now;
}

function causeOf({ waitingReason = '', waitingMessage = '' }: ContainerSnapshot, { namespace }: PodSnapshot): Cause {
  const missing = missingObjectCause(waitingMessage, namespace);
  if (missing) return missing;
  const said = quote(waitingMessage);
  if (/executable file not found|no such file or directory/.test(waitingMessage) && /\bexec/.test(waitingMessage)) {
    return { name: 'command-not-found', message: `The command is not in the image: ${said}.` };
  }
  if (/\bexec.*(?:permission denied|exec format error)/.test(waitingMessage)) {
    return { name: 'cannot-execute', message: `The command can not be executed: ${said}.` };
  }
  return { name: 'bad-config', message: `The node answers ${waitingReason}${said === '' ? '' : `: ${said}`}.` };
}
