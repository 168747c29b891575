import { millisecondsOf } from '#contract/micro-time.ts';
import type { ProbeReport, Report } from '#contract/report.ts';
import type { ProbeSnapshot } from '../model/snapshot.ts';

/** One report of every agent of a large cluster. */
const maximumPods = 100_000;

/** What became of a report. `news`: a probe fails or changed, so its workload should be looked at. */
export type Taken = 'news' | 'heartbeat' | 'stale' | 'dropped';

/** The last report of each pod's agent, in memory only: after a restart the next heartbeat brings it back. */
export interface ReportStore {
  take(report: Report, receivedAt: number): Taken;
  probesOf(podUid: string): readonly ProbeSnapshot[];
  forget(podUid: string): void;
  readonly podCount: number;
}

interface Kept {
  readonly startedAt: string;
  readonly sequence: number;
  readonly probes: readonly ProbeSnapshot[];
}

export function makeReportStore(): ReportStore {
  const byPod = new Map<string, Kept>();
  return {
    take: (report, receivedAt) => {
      const { startedAt, sequence } = report.agent;
      const known = byPod.get(report.pod.uid);
      if (known === undefined && byPod.size >= maximumPods) return 'dropped';
      // A delayed report of the same agent must not overwrite what it said later.
      if (known?.startedAt === startedAt && sequence <= known.sequence) return 'stale';
      const skew = receivedAt - (millisecondsOf(report.sentAt) ?? receivedAt);
      const probes = report.probes.flatMap((probe) => snapshotOf(probe, receivedAt, skew));
      byPod.set(report.pod.uid, { startedAt, sequence, probes });
      const failing = probes.some(({ state }) => state === 'failing');
      const wasFailing = known?.probes.some(({ state }) => state === 'failing') === true;
      return failing || wasFailing ? 'news' : 'heartbeat';
    },
    probesOf: (podUid) => byPod.get(podUid)?.probes ?? [],
    forget: (podUid) => void byPod.delete(podUid),
    get podCount() {
      return byPod.size;
    },
  };
}

/** The node's clock may be off, so durations are taken from it and points in time from here. */
function snapshotOf(probe: ProbeReport, receivedAt: number, skew: number): readonly ProbeSnapshot[] {
  if (probe.probe === 'startup') return [];
  const failingSince = millisecondsOf(probe.failingSince);
  const lastSuccessAt = millisecondsOf(probe.lastSuccessAt);
  return [
    {
      container: probe.container,
      probe: probe.probe,
      state: probe.state,
      consecutiveFailures: probe.consecutiveFailures,
      receivedAt,
      ...(probe.failure === undefined ? {} : { failure: probe.failure }),
      ...(probe.statusCode === undefined ? {} : { statusCode: probe.statusCode }),
      ...(failingSince === undefined ? {} : { failingSince: failingSince + skew }),
      ...(lastSuccessAt === undefined ? {} : { lastSuccessAt }),
    },
  ];
}
