import type { Cause, Detector, Finding } from '../model/finding.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { soonest } from './evidence/soonest.ts';

/** The scheduler tries again whenever something changes; a pod that just leaves makes room within this time. */
const unschedulableMilliseconds = 30_000;

/** A pod for which the scheduler finds no node. */
export const unschedulable: Detector = {
  name: 'unschedulable',
  failureClass: 'Unschedulable',
  description: 'The scheduler has found no node for a pod for 30 s.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod): Finding[] => {
      if (pod.unschedulable === undefined || now < pod.unschedulable.since + unschedulableMilliseconds) return [];
      const { since, message } = pod.unschedulable;
      const seconds = Math.floor((now - since) / 1000);
      return [
        podFinding(unschedulable, pod, {
          faultAt: since,
          evidenceAt: snapshot.contactAt,
          cause: causeOf(message),
          seen: { message: quote(message) },
          message: `The scheduler has found no node for pod ${pod.name} for ${seconds} s: ${quote(message)}.`,
        }),
      ];
    }),
  ripensAt: (snapshot, now) =>
    soonest(
      livePods(snapshot).flatMap((pod) =>
        pod.unschedulable ? pod.unschedulable.since + unschedulableMilliseconds : [],
      ),
      now,
    ),
};

/**
 * One node that is only too full is enough to say that room is what lacks: the others may never have been meant.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/scheduler/framework/types.go `FitError`
 */
function causeOf(message: string): Cause {
  const lacking = [...message.matchAll(/Insufficient ([\w./-]*[\w-])/g)].map(([, resource = '']) => resource);
  if (/Too many pods/i.test(message)) lacking.push('places for pods');
  if (lacking.length > 0) {
    return { name: 'insufficient-resources', message: `No node has enough ${[...new Set(lacking)].join(', ')}.` };
  }
  if (/no nodes available/i.test(message)) {
    return { name: 'insufficient-resources', message: 'There is no node at all that takes pods.' };
  }
  if (message === '') return { name: 'unknown', message: 'The scheduler does not say why.' };
  return { name: 'placement-rules', message: `No node fits: ${quote(message)}.` };
}
