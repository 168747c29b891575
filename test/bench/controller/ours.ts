import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '#runtime/clock.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeWorkQueue } from '#runtime/kubernetes/work-queue.ts';
import { makeLogger } from '#runtime/logger.ts';
import { decide } from '../../../controller/decide/decide.ts';
import { detectors } from '../../../controller/detectors/index.ts';
import { handlers } from '../../../controller/handlers/index.ts';
import { makeCluster } from '../../../controller/input/cluster.ts';
import { makeProjectPolicy } from '../../../controller/input/projections/policy.ts';
import { makeReportStore } from '../../../controller/input/report-store.ts';
import { limits } from '../../support/snapshots.ts';
import { call, heapBytes, loopbackConfig, peakRssBytes, say } from './measure.ts';

/** Our side, as the controller builds it: every watch, projected and indexed, the queue, the detectors and the decision. */
const port = Number(process.argv[2]);
const perSecond = Number(process.argv[3] ?? 0);
const seconds = Number(process.argv[4] ?? 0);

const before = heapBytes();
const began = performance.now();
const transport = await makeKubeTransport(loopbackConfig(port));
const latencies: number[] = [];
let streaming = false;
const cluster = makeCluster({
  transport,
  clock: systemClock,
  random: Math.random,
  log: makeLogger('controller', 'silent'),
  releaseNamespace: 'infra-autopilot',
  ownPodName: 'controller',
  reports: makeReportStore(),
  projectPolicy: makeProjectPolicy(handlers),
  onWorkload: (uid) => {
    if (streaming) queue.add(uid);
  },
});
const queue = makeWorkQueue({
  handle: async (uid) => {
    const snapshot = cluster.snapshotOf(uid);
    if (snapshot === undefined) return;
    const now = Date.now();
    const findings = detectors.flatMap((detector) => detector.detect(snapshot, now));
    decide({ snapshot, findings, handlers, limits, epoch: 1, now });
    const exits = snapshot.pods.flatMap(({ containers }) => containers.flatMap((one) => one.exits.at(-1) ?? []));
    latencies.push(Date.now() - Math.max(...exits.map(({ finishedAt }) => finishedAt)));
    await Promise.resolve();
  },
  clock: systemClock,
  concurrency: 8,
  maximumKeys: 100_000,
  handleTimeoutMilliseconds: 60_000,
  onDropped: () => undefined,
  onFailure: ({ error }) => process.stderr.write(`${String(error)}\n`),
});
cluster.start();
while (cluster.notReady() !== undefined) await delay(5);
const listSeconds = (performance.now() - began) / 1000;
say({ heapBytes: heapBytes() - before, peakRssBytes: peakRssBytes(), listSeconds });
if (perSecond > 0) {
  streaming = true;
  await call(port, `/bench/events?perSecond=${perSecond}&seconds=${seconds}`, 'POST');
  await delay(500);
  const sorted = latencies.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  say({ handled: latencies.length, p50Milliseconds: at(0.5), p99Milliseconds: at(0.99) });
}
process.exit(0);
