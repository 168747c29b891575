import { millisecondsOf } from '#contract/micro-time.ts';
import type { ProbeReport, Report } from '#contract/report.ts';
import type { AgentSnapshot, MemoryForecast, ProbeSnapshot, VanishedProcess } from '../model/snapshot.ts';

/** One report of every agent of a large cluster. */
const maximumPods = 100_000;

/** Three heartbeats and a little. */
const silentMilliseconds = 20_000;

/** What became of a report. `news`: something is or was wrong in it, so its workload should be looked at. */
export type Taken = 'news' | 'heartbeat' | 'stale' | 'dropped';

/** The last report of each pod's agent, in memory only: after a restart the next heartbeat brings it back. */
export interface ReportStore {
  take(report: Report, arrivedAt: number): Taken;
  agentOf(podUid: string): AgentSnapshot | undefined;
  forget(podUid: string): void;
  readonly podCount: number;
  /** Agents that said nothing for longer than three heartbeats: ended with their pod, cut off, or hung. */
  silentCount(now: number): number;
}

interface Kept {
  readonly startedAt: string;
  readonly sequence: number;
  readonly agent: AgentSnapshot;
}

export function makeReportStore(): ReportStore {
  const byPod = new Map<string, Kept>();
  return {
    take: (report, arrivedAt) => {
      // What waited while we were away is as old as that: nothing is to be done about it as if it were new.
      const receivedAt = arrivedAt - (report.waitedSeconds ?? 0) * 1000;
      const { startedAt, sequence } = report.agent;
      const known = byPod.get(report.pod.uid);
      if (known === undefined && byPod.size >= maximumPods) return 'dropped';
      // A delayed report of the same agent must not overwrite what it said later.
      if (known?.startedAt === startedAt && sequence <= known.sequence) return 'stale';
      const agent = agentOf(report, receivedAt);
      byPod.set(report.pod.uid, { startedAt, sequence, agent });
      return isTroubled(agent) || (known !== undefined && isTroubled(known.agent)) ? 'news' : 'heartbeat';
    },
    agentOf: (podUid) => byPod.get(podUid)?.agent,
    forget: (podUid) => void byPod.delete(podUid),
    get podCount() {
      return byPod.size;
    },
    silentCount: (now) => {
      let silent = 0;
      for (const { agent } of byPod.values()) if (now - agent.receivedAt > silentMilliseconds) silent += 1;
      return silent;
    },
  };
}

function isTroubled({ probes, forecasts, vanished }: AgentSnapshot): boolean {
  return forecasts.length > 0 || vanished.length > 0 || probes.some(({ state }) => state === 'failing');
}

/** The node's clock may be off, so durations are taken from it and points in time from here. */
function agentOf(report: Report, receivedAt: number): AgentSnapshot {
  const skew = receivedAt - (millisecondsOf(report.sentAt) ?? receivedAt);
  return {
    receivedAt,
    powers: report.powers ?? [],
    probes: report.probes.flatMap((probe) => probeOf(probe, receivedAt, skew)),
    forecasts: (report.memory ?? []).map((forecast): MemoryForecast => ({ ...forecast, receivedAt })),
    vanished: (report.vanished ?? []).map(({ container, at }): VanishedProcess => ({
      container,
      at: (millisecondsOf(at) ?? receivedAt - skew) + skew,
      receivedAt,
    })),
    reflexes: (report.reflexes ?? []).map(({ at, ...reflex }) => ({
      ...reflex,
      at: (millisecondsOf(at) ?? receivedAt - skew) + skew,
    })),
  };
}

/** A startup probe is the kubelet's business. */
function probeOf(probe: ProbeReport, receivedAt: number, skew: number): readonly ProbeSnapshot[] {
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
      ...(lastSuccessAt === undefined ? {} : { lastSuccessAt, silentSince: lastSuccessAt + skew }),
    },
  ];
}
