import { setTimeout as delay } from 'node:timers/promises';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from './cluster.ts';
import { samplesAt } from './scrape.ts';
import { appPod } from './workloads.ts';

/** Pods a second, as a large cluster makes them in a bad hour. */
const targetPerSecond = 200;

/**
 * Requests beside each other. Where the machine has no 200 a second to give, this bounds the load instead: with more, each
 * would wait for its turn until its deadline, and a call that failed would say nothing about the webhook.
 */
const maximumInFlight = 24;

const pauseMilliseconds = 5;

interface LoadResult {
  readonly answers: number;
  /** Admitted without the agent: with the failure policy Ignore a failed call shows itself only here. */
  readonly bare: number;
  readonly refusals: readonly string[];
  readonly perSecond: number;
  readonly slowestMilliseconds: number;
}

interface AdmissionLoad {
  stop(): Promise<LoadResult>;
}

/** Sends pods through admission at a steady rate, without creating them, until it is stopped. */
function startAdmissionLoad(cluster: Cluster, namespace: string): AdmissionLoad {
  const { metadata, spec } = appPod('load', { image: cluster.image('faulty-app') });
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, generateName: 'load-' }, spec };
  const request = {
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods`,
    query: { dryRun: 'All' },
    body,
  } as const;
  const began = performance.now();
  const stopping = new AbortController();
  const refusals: string[] = [];
  const inFlight = new Set<Promise<void>>();
  let answers = 0;
  let bare = 0;
  let slowestMilliseconds = 0;

  const send = async (): Promise<void> => {
    const sentAt = performance.now();
    const answer = await cluster.kube.open(request);
    answers += 1;
    if (!answer.ok) {
      refusals.push(`${answer.status} ${answer.message}`);
    } else {
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body as AsyncIterable<Buffer>) chunks.push(chunk);
      // Looked for as text: to parse each pod would cost this process what the API server needs to make them.
      if (!Buffer.concat(chunks).includes(`"name":"${agentContainerName}"`)) bare += 1;
    }
    slowestMilliseconds = Math.max(slowestMilliseconds, performance.now() - sentAt);
  };
  const track = (sending: Promise<void>): void => {
    const ended: Promise<void> = sending
      .catch((error: unknown) => void refusals.push(String(error)))
      .finally(() => inFlight.delete(ended));
    inFlight.add(ended);
  };
  const run = async (): Promise<void> => {
    let due = 0;
    let before = began;
    while (!stopping.signal.aborted) {
      const now = performance.now();
      // What there was no room for is not sent later: a pile of it would be another load.
      due = Math.min(due + ((now - before) / 1000) * targetPerSecond, maximumInFlight);
      before = now;
      for (; due >= 1 && inFlight.size < maximumInFlight; due -= 1) track(send());
      await delay(pauseMilliseconds);
    }
    await Promise.all(inFlight);
  };
  const running = run();
  return {
    stop: async () => {
      const seconds = (performance.now() - began) / 1000;
      stopping.abort();
      await running;
      return { answers, bare, refusals, perSecond: answers / seconds, slowestMilliseconds };
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
  const result = await work().then(
    () => load.stop(),
    async (error: unknown) => {
      await load.stop();
      throw error;
    },
  );
  const after = await webhookCalls(cluster);
  const { answers, bare, perSecond, slowestMilliseconds } = result;
  const pace = `${perSecond.toFixed(0)} a second, ${slowestMilliseconds.toFixed(0)} ms at most`;
  console.info(`${answers} pods through admission, ${bare} of them bare; ${pace}`);
  return {
    ...result,
    calls: after.calls - before.calls,
    failedOpen: after.failedOpen - before.failedOpen,
    rejected: after.rejected - before.rejected,
  };
}
