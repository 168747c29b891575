import type { Detector, Finding } from '../model/finding.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { warnings } from './evidence/warnings.ts';

/** What the node removed longer ago is history: its owner has replaced it, and the pod lies about until it is collected. */
const recentMilliseconds = 600_000;

/** A pod that its node removed to save itself. Its owner has replaced it already; the node's trouble may go on. */
export const evicted: Detector = {
  name: 'evicted',
  failureClass: 'Evicted',
  description: 'The node removed a pod for lack of memory, disk or processes within the last 10 min.',
  detect: (snapshot, now) =>
    snapshot.pods.flatMap((pod): Finding[] => {
      if (pod.terminating || pod.phase !== 'Failed' || pod.statusReason !== 'Evicted') return [];
      const faultAt = evictedAt(snapshot, pod);
      const expiresAt = faultAt + recentMilliseconds;
      if (now > expiresAt) return [];
      const said = quote(pod.statusMessage ?? '');
      const why = said === '' ? '' : `: ${said}`;
      const node = pod.node ?? 'unknown';
      return [
        podFinding(evicted, pod, {
          faultAt,
          evidenceAt: snapshot.contactAt,
          expiresAt,
          cause: { name: 'node-pressure', message: `Node ${node} was under pressure${why}.` },
          seen: pod.statusMessage === undefined ? {} : { message: pod.statusMessage },
          message: `Node ${node} evicted pod ${pod.name}${why}.`,
        }),
      ];
    }),
};

/** The pod does not say when: its containers' ends do, or the kubelet's event; one that never ran was refused when it came. */
function evictedAt(snapshot: WorkloadSnapshot, { uid, createdAt, containers }: PodSnapshot): number {
  const ends = containers.flatMap(({ exits }) => exits.map(({ finishedAt }) => finishedAt));
  const told = warnings(snapshot, uid, ['Evicted']).map(({ lastAt }) => lastAt);
  return Math.max(createdAt, ...ends, ...told);
}
