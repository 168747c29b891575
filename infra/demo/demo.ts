import { systemClock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { waitFor } from '../wait.ts';
import { create, createNamespace, removeNamespace } from './demo-namespace.ts';
import { describeKubeletAlone, kubeletAloneNote } from './kubelet-alone.ts';
import { demoDeployment, demoService, faultPort } from './manifests.ts';
import { makeNarrator, type Narrator } from './narrator.ts';
import { answersOutside, firstGoodAnswer } from './prober.ts';
import { scenarios, type Scenario } from './scenario.ts';
import { makeStage, type Stage } from './stage.ts';
import { tableLines, type DemoRow } from './table.ts';

export interface DemoOptions {
  readonly kubeconfigPath: string;
  readonly faultyAppImage: string;
  /** Leaves the namespace for a look. */
  readonly keep: boolean;
  readonly out: NodeJS.WriteStream;
  /** Ends the demonstration early; its namespace is removed all the same. Wire Ctrl-C to it. */
  readonly signal: AbortSignal;
}

/** `reason` is one sentence for a person. */
export type DemoResult = { readonly healed: true } | { readonly healed: false; readonly reason: string };

const namespace = 'infra-autopilot-demo';
const readySeconds = 120;
const healSeconds = 150;
const interrupted = 'The demonstration was interrupted.';

/**
 * Breaks two workloads on a cluster that runs the product, tells what happens live, and judges by an outside prober.
 *
 * @throws AutopilotError AP_DEMO_FAILED, AP_KUBERNETES_REQUEST or AP_CLUSTER_NOT_READY when it could not be carried out.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const kube = await makeKubeTransport(loadKubeConfig(options.kubeconfigPath));
  const narrator = makeNarrator(options.out);
  try {
    // Outside of what cleans up: a namespace that is refused here is somebody else's.
    await createNamespace(kube, namespace);
    try {
      return await play(kube, narrator, options);
    } finally {
      if (options.keep) narrator.say(`\nThe namespace is kept: kubectl -n ${namespace} get incidents,pods,events`);
      else await removeNamespace(kube, namespace);
    }
  } finally {
    kube.close();
  }
}

async function play(kube: KubeTransport, narrator: Narrator, options: DemoOptions): Promise<DemoResult> {
  const stage = makeStage(kube, namespace, scenarios, narrator);
  try {
    narrator.say(`Namespace ${namespace}, labelled infra-autopilot.io/autopilot=enabled. Two workloads:`, 'bold');
    for (const { workload, title, effect } of scenarios) narrator.say(`  ${workload} (${title}): ${effect}`);
    for (const { workload } of scenarios) {
      await create(
        kube,
        `/apis/apps/v1/namespaces/${namespace}/deployments`,
        demoDeployment(workload, options.faultyAppImage),
      );
      await create(kube, `/api/v1/namespaces/${namespace}/services`, demoService(workload));
    }
    await waitUntilReady(kube, stage, options.signal);
    narrator.say('\nBoth are healthy and carry the agent. Now both are broken, at once:', 'bold');
    const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(healSeconds * 1000)]);
    const rows = await Promise.all(
      scenarios.map((scenario) => breakAndWatch(kube, stage, scenario, narrator, deadline)),
    );
    if (options.signal.aborted) return { healed: false, reason: interrupted };
    narrator.say('');
    for (const line of tableLines(rows)) narrator.say(line);
    narrator.say(kubeletAloneNote, 'dim');
    const result = judge(rows);
    if (result.healed) narrator.say('Both workloads are healthy and their incidents are resolved.', 'green');
    return result;
  } finally {
    await stage.stop();
  }
}

async function waitUntilReady(kube: KubeTransport, stage: Stage, signal: AbortSignal): Promise<void> {
  for (const { workload } of scenarios) {
    const problem = await waitFor(
      `a healthy pod of ${workload}`,
      async () => {
        if (signal.aborted) return interrupted;
        const pod = stage.readyPod(workload);
        if (pod === undefined) return undefined;
        if (!pod.injected) return `pod ${pod.name} came up without the agent: is the webhook running?`;
        return (await answersOutside(kube, namespace, workload)) ? 'none' : undefined;
      },
      { timeoutSeconds: readySeconds },
    );
    if (problem !== 'none') throw new AutopilotError('AP_DEMO_FAILED', problem);
  }
}

/** Injects one fault and follows its workload until it is healthy and its Incident is resolved, or time is up. */
async function breakAndWatch(
  kube: KubeTransport,
  stage: Stage,
  scenario: Scenario,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<DemoRow> {
  const { workload, title, fault } = scenario;
  const pod = stage.readyPod(workload);
  if (pod === undefined) throw new AutopilotError('AP_DEMO_FAILED', `${workload} lost its pod before its fault`);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.name}:${faultPort}/proxy/fault/${fault}`;
  const answer = await kube.request<{ readonly faultAt: string }>({ method: 'POST', path, signal });
  if (!answer.ok) throw new AutopilotError('AP_DEMO_FAILED', `${pod.name} did not take its fault: ${answer.message}`);
  const faultAt = Date.parse(answer.body.faultAt);
  stage.faulted(workload, faultAt);
  narrator.tell(title, faultAt, { at: faultAt, teller: 'demo', text: scenario.effect });

  const healing = firstGoodAnswer(kube, namespace, workload, systemClock, signal).then((at) => {
    if (at !== undefined) narrator.tell(title, faultAt, { at, teller: 'outside', text: 'the Service answers again' });
    return at;
  });
  const [healthyAt, incident] = await Promise.all([healing, stage.resolved(workload, signal)]);
  const stillHealthy = healthyAt !== undefined && (await answersOutside(kube, namespace, workload));

  const since = (at: string | number | undefined): number | undefined =>
    at === undefined ? undefined : ((typeof at === 'string' ? Date.parse(at) : at) - faultAt) / 1000;
  const times = incident?.status?.times;
  return {
    fault: `${title} (${workload})`,
    seenSeconds: since(times?.detectedAt),
    actedSeconds: since(times?.actedAt),
    healthySeconds: stillHealthy ? since(healthyAt) : undefined,
    resolvedSeconds: incident?.status?.phase === 'Resolved' ? since(times?.resolvedAt) : undefined,
    kubeletAlone: describeKubeletAlone((systemClock.now() - faultAt) / 1000, scenario.brokenFile),
  };
}

function judge(rows: readonly DemoRow[]): DemoResult {
  const problems = rows.flatMap(({ fault, seenSeconds, healthySeconds, resolvedSeconds }) => {
    if (seenSeconds === undefined) return [`${fault} was never detected`];
    if (healthySeconds === undefined) return [`${fault} was not healthy again within ${healSeconds} s`];
    return resolvedSeconds === undefined ? [`the incident of ${fault} was not resolved within ${healSeconds} s`] : [];
  });
  return problems.length === 0 ? { healed: true } : { healed: false, reason: `${problems.join('; ')}.` };
}
