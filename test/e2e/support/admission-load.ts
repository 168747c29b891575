import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { agentOf, dryRunPod } from './dry-run.ts';
import { samplesAt } from './scrape.ts';
import { appPod } from './workloads.ts';

/** Senders beside each other, and the pause of each after an answer: together no more than 200 pods a second. */
const senders = 8;
const pauseMilliseconds = 40;

interface LoadResult {
  readonly answers: number;
  /** Admitted without the agent: with the failure policy Ignore a failed call shows itself only here. */
  readonly bare: number;
  readonly refusals: readonly string[];
  readonly perSecond: number;
}

interface AdmissionLoad {
  stop(): Promise<LoadResult>;
}

/** Sends pods through admission, without creating them, until it is stopped. */
function startAdmissionLoad(cluster: Cluster, namespace: string): AdmissionLoad {
  const { metadata, spec } = appPod('load', { image: cluster.image('faulty-app') });
  const pod = { metadata: { ...metadata, generateName: 'load-' }, spec };
  const began = performance.now();
  const stopping = new AbortController();
  const refusals: string[] = [];
  let answers = 0;
  let bare = 0;
  const send = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const result = await dryRunPod(cluster, namespace, pod);
      answers += 1;
      if ('refused' in result) refusals.push(`${result.refused} ${result.message}`);
      else if (agentOf(result.pod) === undefined) bare += 1;
      await delay(pauseMilliseconds);
    }
  };
  const running = Promise.all(Array.from({ length: senders }, send));
  return {
    stop: async () => {
      stopping.abort();
      await running;
      return { answers, bare, refusals, perSecond: answers / ((performance.now() - began) / 1000) };
    },
  };
}

interface WebhookCalls {
  readonly calls: number;
  /** Calls that failed and were passed over, as the failure policy says. */
  readonly failedOpen: number;
  readonly rejected: number;
}

/** What the API server itself counts about calls of our webhook. A counter that isn't on its page yet is 0. */
async function webhookCalls(cluster: Cluster): Promise<WebhookCalls> {
  const samples = await samplesAt(cluster, '/metrics');
  const sum = (metric: string): number =>
    [...samples]
      .filter(([sample]) => sample.startsWith(`${metric}{`) && sample.includes('name="inject.infra-autopilot.io"'))
      .reduce((total, [, value]) => total + value, 0);
  return {
    calls: sum('apiserver_admission_webhook_request_total'),
    failedOpen: sum('apiserver_admission_webhook_fail_open_count'),
    rejected: sum('apiserver_admission_webhook_rejection_count'),
  };
}

/** What a load must come to, whatever happened to the webhook meanwhile. */
export const unharmed = { bare: 0, refusals: [], failedOpen: 0, rejected: 0 } as const;

/** Runs `work` under load, and returns what became of each pod beside what the API server counted meanwhile. */
export async function underLoad(cluster: Cluster, namespace: string, work: () => Promise<void>) {
  const before = await webhookCalls(cluster);
  const load = startAdmissionLoad(cluster, namespace);
  try {
    await work();
  } finally {
    await load.stop();
  }
  const result = await load.stop();
  const after = await webhookCalls(cluster);
  console.info(`${result.answers} pods through admission, ${result.perSecond.toFixed(0)} a second`);
  return {
    ...result,
    calls: after.calls - before.calls,
    failedOpen: after.failedOpen - before.failedOpen,
    rejected: after.rejected - before.rejected,
  };
}
