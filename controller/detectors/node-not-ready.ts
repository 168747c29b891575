import type { Detector, Finding } from '../model/finding.ts';
import type { NodeSnapshot, PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { isOver, livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { soonest } from './evidence/soonest.ts';

/** A kubelet that restarts or misses a lease is back by then; the control plane itself waits 40 to 50 s before it says so. */
const notReadyMilliseconds = 40_000;

/** A pod whose node does not report itself ready: what is known of its containers is old. */
export const nodeNotReady: Detector = {
  name: 'node-not-ready',
  failureClass: 'NodeNotReady',
  description: 'The node of a pod has not been ready for 40 s.',
  detect: (snapshot, now) =>
    onUnreadyNodes(snapshot).flatMap(({ pod, node }): Finding[] => {
      if (now < node.since + notReadyMilliseconds) return [];
      const seconds = Math.floor((now - node.since) / 1000);
      const said = quote(node.message);
      return [
        podFinding(nodeNotReady, pod, {
          faultAt: node.since,
          evidenceAt: snapshot.contactAt,
          cause: {
            name: 'node-not-ready',
            message: `Node ${node.name} is not ready${said === '' ? '' : `: ${said}`}.`,
          },
          seen: said === '' ? {} : { message: said },
          message: `Node ${node.name} of pod ${pod.name} has not been ready for ${seconds} s.`,
        }),
      ];
    }),
  ripensAt: (snapshot, now) =>
    soonest(
      onUnreadyNodes(snapshot).map(({ node }) => node.since + notReadyMilliseconds),
      now,
    ),
};

/** A pod that has ended needs no node any more. */
function onUnreadyNodes(
  snapshot: WorkloadSnapshot,
): readonly { readonly pod: PodSnapshot; readonly node: NodeSnapshot }[] {
  return livePods(snapshot).flatMap((pod) => {
    const node = pod.node === undefined ? undefined : snapshot.nodes.get(pod.node);
    return node === undefined || node.ready || isOver(pod) ? [] : [{ pod, node }];
  });
}
