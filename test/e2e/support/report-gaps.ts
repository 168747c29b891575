import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { agentSamples } from './agent.ts';
import type { Cluster } from './cluster.ts';

/** How often an agent is asked what it has sent; a gap is measured no finer than this. */
const lookMilliseconds = 500;

/** What an agent's own counters say of its reports while it is watched. */
export interface ReportGaps {
  /** The longest time without a report that the controller has accepted, since the watch began or was last asked. */
  takeLongestSeconds(): number;
  /** Reports that were accepted, and attempts that did not get through, since the agent started. */
  counts(): { readonly sent: number; readonly failed: number };
  stop(): Promise<void>;
}

/** Watches an agent's reports from outside: by how many of them the controller has accepted. */
export function watchReports(cluster: Cluster, pod: V1Pod): ReportGaps {
  const stopping = new AbortController();
  let lastAt = performance.now();
  let longest = 0;
  let [sent, failed] = [Number.NaN, Number.NaN];

  const look = async (): Promise<void> => {
    const samples = await agentSamples(cluster, pod);
    const now = performance.now();
    const count = samples.get('autopilot_agent_reports_total{result="sent"}') ?? Number.NaN;
    failed = samples.get('autopilot_agent_reports_total{result="failed"}') ?? Number.NaN;
    longest = Math.max(longest, now - lastAt);
    if (count !== sent) lastAt = now;
    sent = count;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look();
      await delay(lookMilliseconds);
    }
  };
  const running = run();
  // Whoever stops the watch hears of it; until then it must not end the process.
  running.catch(() => undefined);
  return {
    takeLongestSeconds: () => {
      const seconds = longest / 1000;
      longest = 0;
      return seconds;
    },
    counts: () => ({ sent, failed }),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
