import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { apiVersion } from '#contract/annotations.ts';
import type { Incident } from '#contract/incident.ts';
import { systemClock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import { create, createNamespace } from '../demo/demo-namespace.ts';
import { demoDeployment, demoService, faultPort } from '../demo/manifests.ts';
import { answersOutside, firstGoodAnswer } from '../demo/prober.ts';
import type { scenarios } from '../demo/scenario.ts';
import { waitFor } from '../wait.ts';

export type Scenario = (typeof scenarios)[number];

/** Seconds after the fault was injected, but for `reaction`; undefined where it did not come to that. */
export interface Episode {
  /**
   * From the exit that met the threshold to the action sent. The exit is the app's own last log line in milliseconds where
   * that was caught. Elsewhere, and for OOM, where the kernel leaves the app no time to write one, it is the kubelet's
   * second rounded down, or the injection where that is later: then the figure is up to 1 s too long, never too short.
   */
  readonly reaction: number | undefined;
  readonly detected: number | undefined;
  readonly decided: number | undefined;
  readonly acted: number | undefined;
  readonly healthy: number | undefined;
  readonly resolved: number | undefined;
  readonly attempts: number;
}

const readySeconds = 120;
const healSeconds = 90;
const pollMilliseconds = 100;

/** A workload that serves and waits for its fault. */
export interface Ready {
  readonly namespace: string;
  readonly scenario: Scenario;
  readonly pod: string;
}

/** Starts a fresh workload in a fresh namespace, under the policy where the autopilot may act, and waits until it serves. */
export async function prepare(
  kube: KubeTransport,
  namespace: string,
  scenario: Scenario,
  image: string,
  mode: 'enabled' | 'disabled',
): Promise<Ready> {
  const { workload } = scenario;
  await createNamespace(kube, namespace, mode);
  const policy = parse(await readFile(new URL('./reaction-policy.yaml', import.meta.url), 'utf8')) as object;
  await create(kube, `/apis/${apiVersion}/namespaces/${namespace}/remediationpolicies`, policy);
  await create(kube, `/apis/apps/v1/namespaces/${namespace}/deployments`, demoDeployment(workload, image));
  await create(kube, `/api/v1/namespaces/${namespace}/services`, demoService(workload));
  const pod = await waitFor(
    `a serving pod in ${namespace}`,
    async () => ((await answersOutside(kube, namespace, workload)) ? (await pods(kube, namespace))[0] : undefined),
    { timeoutSeconds: readySeconds },
  );
  // Its agent asks each second, and has then seen it serve.
  await systemClock.sleep(1_000);
  return { namespace, scenario, pod };
}

/** One fault, until its incident is resolved. `onHealthy` is called once nothing is left but the verification, if it comes to that. */
export async function playEpisode(kube: KubeTransport, ready: Ready, onHealthy: () => void): Promise<Episode> {
  const { namespace, scenario } = ready;
  const faultAt = await strike(kube, ready);
  const signal = AbortSignal.timeout(healSeconds * 1000);
  const healing = firstGoodAnswer(kube, namespace, scenario.workload, systemClock, signal).then((at) => {
    if (at !== undefined) onHealthy();
    return at;
  });
  // An OOM kill is the first, and comes while the app still works at its fault: there are no last words to wait for.
  const exits = scenario.fault === 'appetite' ? [] : followExits(kube, ready, signal);
  const incident = await resolvedIncident(kube, namespace, signal);
  const healthyAt = await healing;
  const times = incident?.status?.times;
  const since = (at: string | number | undefined): number | undefined =>
    at === undefined ? undefined : ((typeof at === 'string' ? Date.parse(at) : at) - faultAt) / 1000;
  const seen = await exits;
  const acted = since(times?.actedAt);
  const thresholdAt = since(seen[1]) ?? Math.max(0, since(times?.faultAt) ?? 0);
  return {
    reaction: acted === undefined ? undefined : acted - thresholdAt,
    detected: since(times?.detectedAt),
    decided: since(times?.decidedAt),
    acted,
    healthy: since(healthyAt),
    resolved: incident?.status?.phase === 'Resolved' ? since(times?.resolvedAt) : undefined,
    attempts: incident?.status?.attempts ?? 0,
  };
}

/** The same fault where nobody watches: seconds to an outside prober's first good answer, undefined when there is none in time. */
export async function playAlone(kube: KubeTransport, ready: Ready, forSeconds: number): Promise<number | undefined> {
  const faultAt = await strike(kube, ready);
  const signal = AbortSignal.timeout(forSeconds * 1000);
  const at = await firstGoodAnswer(kube, ready.namespace, ready.scenario.workload, systemClock, signal);
  return at === undefined ? undefined : (at - faultAt) / 1000;
}

/** Injects the fault; returns when that was by the app's own clock, in milliseconds since the epoch. */
async function strike(kube: KubeTransport, { namespace, scenario, pod }: Ready): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${faultPort}/proxy/fault/${scenario.fault}`;
  const answer = await kube.request<{ readonly faultAt: string }>({ method: 'POST', path });
  if (!answer.ok) throw new AutopilotError('AP_DEMO_FAILED', `${pod} did not take its fault: ${answer.message}`);
  return Date.parse(answer.body.faultAt);
}

async function pods(kube: KubeTransport, namespace: string): Promise<readonly string[]> {
  const answer = await kube.request<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods`,
  });
  return answer.ok ? answer.body.items.map(({ metadata }) => metadata.name) : [];
}

/** Times of the app's own last words, caught from the log of its pod for as long as that is there. */
async function followExits(
  kube: KubeTransport,
  { namespace, pod }: Ready,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const exits = new Set<string>();
  const until = AbortSignal.any([signal, AbortSignal.timeout(15_000)]);
  while (!until.aborted) {
    const answer = await kube.open({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
      query: { container: 'app', tailLines: 5 },
      accept: 'text/plain, */*',
      signal: until,
    });
    if (!answer.ok && answer.status === 404) break;
    if (answer.ok) {
      let text = '';
      for await (const chunk of answer.body as AsyncIterable<Buffer>) text += chunk.toString('utf8');
      for (const [, at = ''] of text.matchAll(/"at":"([^"]+)","event":"exit"/g)) exits.add(at);
    }
    await systemClock.sleep(pollMilliseconds, until).catch(() => undefined);
  }
  return [...exits].toSorted();
}

async function resolvedIncident(
  kube: KubeTransport,
  namespace: string,
  signal: AbortSignal,
): Promise<Incident | undefined> {
  let last: Incident | undefined;
  while (!signal.aborted) {
    const answer = await kube.request<{ readonly items: readonly Incident[] }>({
      method: 'GET',
      path: `/apis/${apiVersion}/namespaces/${namespace}/incidents`,
    });
    if (answer.ok) last = answer.body.items[0] ?? last;
    if (last?.status?.phase === 'Resolved' || last?.status?.phase === 'Escalated') return last;
    await systemClock.sleep(pollMilliseconds, signal).catch(() => undefined);
  }
  return last;
}
