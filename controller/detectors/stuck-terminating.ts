import type { Cause, Detector, Finding } from '../model/finding.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { soonest } from './evidence/soonest.ts';

/** After its grace the kubelet kills what is left and removes the pod within seconds. */
const overdueMilliseconds = 30_000;

/** A pod that is still there long after its grace period. The only detector that looks at pods that are being deleted. */
export const stuckTerminating: Detector = {
  name: 'stuck-terminating',
  failureClass: 'StuckTerminating',
  description: 'A pod that is being deleted is still there 30 s after the end of its grace period.',
  detect: (snapshot, now) =>
    snapshot.pods.flatMap((pod): Finding[] => {
      const dueAt = dueAtOf(pod);
      if (dueAt === undefined || now < dueAt + overdueMilliseconds) return [];
      const cause = causeOf(snapshot, pod);
      const seconds = Math.floor((now - dueAt) / 1000);
      return [
        podFinding(stuckTerminating, pod, {
          faultAt: dueAt,
          evidenceAt: snapshot.contactAt,
          cause,
          message: `Pod ${pod.name} is still there ${seconds} s after its grace period. ${cause.message}`,
        }),
      ];
    }),
  ripensAt: (snapshot, now) =>
    soonest(
      snapshot.pods.flatMap((pod) => dueAtOf(pod) ?? []).map((dueAt) => dueAt + overdueMilliseconds),
      now,
    ),
};

function dueAtOf({ terminating, deletionDueAt }: PodSnapshot): number | undefined {
  return terminating ? deletionDueAt : undefined;
}

function causeOf({ nodes }: WorkloadSnapshot, { node, finalizers = [] }: PodSnapshot): Cause {
  // First, since only a kubelet that answers can say that the containers have ended, whatever else holds the pod.
  if (node !== undefined && nodes.get(node)?.ready === false) {
    return { name: 'node-not-ready', message: `Its node ${node} is not ready, so nobody says that it has ended.` };
  }
  if (finalizers.length > 0) {
    return {
      name: 'finalizers',
      message: `It is held by ${finalizers.length === 1 ? 'the finalizer' : 'the finalizers'} ${finalizers.join(', ')}.`,
    };
  }
  return {
    name: 'deletion-overdue',
    message: `Nothing that is seen holds it${node === undefined ? '' : `; its node is ${node}`}.`,
  };
}
