import { systemClock } from '#runtime/clock.ts';
import { makeWorkQueue } from '#runtime/kubernetes/work-queue.ts';
import { limits } from '#test/support/snapshots.ts';
import { decide } from '../../../controller/decide/decide.ts';
import { detectors } from '../../../controller/detectors/index.ts';
import { handlers } from '../../../controller/handlers/index.ts';
import type { Cluster } from '../../../controller/input/cluster.ts';
import type { PodSnapshot } from '../../../controller/model/snapshot.ts';
import { listCluster } from './ours.ts';
import { percentile } from './percentile.ts';
import type { LatencyResult } from './protocol.ts';

/** When the last event of a pod was sent: the bench's API server says so in what the event changes. */
function sentAt({ ready, readySince, containers }: PodSnapshot): number {
  return (ready ? readySince : containers[0]?.exits.at(-1)?.finishedAt) ?? 0;
}

/**
 * Times from the sending of each event until its workload was decided about, by the view, the queue, the detectors
 * and the rules of the controller. Nothing is written and nothing done: that is the API server's time.
 */
export async function measureDecisions(server: string, events: number, onListed: () => void): Promise<LatencyResult> {
  const known = new Map<string, number>();
  const latencies: number[] = [];
  const finished = Promise.withResolvers<void>();
  let listed = false;
  let decisions = 0;

  const look = async (cluster: Cluster, workloadUid: string): Promise<void> => {
    const snapshot = cluster.snapshotOf(workloadUid);
    if (snapshot === undefined) return;
    const now = Date.now();
    const findings = detectors.flatMap((detector) => detector.detect(snapshot, now));
    const { steps } = decide({ snapshot, findings, handlers, limits, epoch: 1, now });
    if (listed && steps.length > 0) decisions += 1;
    const decidedAt = Date.now();
    for (const pod of snapshot.pods) {
      const at = sentAt(pod);
      if (listed && at > (known.get(pod.uid) ?? 0)) latencies.push(decidedAt - at);
      known.set(pod.uid, at);
    }
    if (latencies.length >= events) finished.resolve();
  };
  let add = (uid: string): void => void early.push(uid);
  const early: string[] = [];
  const cluster = await listCluster(server, (uid) => add(uid));
  const queue = makeWorkQueue({
    handle: (uid) => look(cluster, uid),
    clock: systemClock,
    concurrency: 8,
    maximumKeys: 100_000,
    handleTimeoutMilliseconds: 10_000,
    onDropped: (key) => finished.reject(new Error(`the queue dropped ${key}`)),
    onFailure: ({ error }) => finished.reject(error),
  });
  add = (uid) => queue.add(uid);
  for (const uid of early) queue.add(uid);
  while (queue.depth() > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  listed = true;
  onListed();
  await finished.promise;
  await queue.stop();
  return {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    maximum: percentile(latencies, 1),
    samples: latencies.length,
    decisions,
  };
}
