import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { agentContainerName } from '#contract/annotations.ts';
import { AutopilotError } from '#runtime/errors.ts';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { create, createNamespace, removeNamespace } from '../demo/demo-namespace.ts';
import { imageNamed, type BuiltImage } from '../images/build.ts';
import type { ImageName } from '../images/catalogue.ts';
import type { Progress } from '../progress.ts';
import { waitFor } from '../wait.ts';
import { copyWith, injectedPod, type PodObject, type Subject } from './agent-pods.ts';
import { agentTable, type AgentFigures } from './agent-table.ts';
import { processFacts, sampleContainers, type ContainerSample } from './container-stats.ts';

export interface AgentsBenchOptions {
  readonly kubeconfigPath: string;
  readonly images: readonly BuiltImage[];
  readonly seconds: number;
  readonly progress: Progress;
}

const namespace = 'bench-sidecar';
const sampleSeconds = 10;
const readySeconds = 120;

/** What the chart gives to the agent where it runs on Node, and enough for a program of Go's. */
const roomy = { requests: { cpu: '10m', memory: '48Mi' }, limits: { cpu: '100m', memory: '128Mi' } };

/**
 * Runs the agent in a real pod beside its Node host, a reference and itself at ten times the pace; each with the same app,
 * the same probes and the real controller. Prints what the kubelet says of them.
 *
 * @returns whether none of them was restarted.
 */
export async function runAgentsBench({ kubeconfigPath, images, ...options }: AgentsBenchOptions): Promise<boolean> {
  const kube = await makeKubeTransport(loadKubeConfig(kubeconfigPath));
  const imageOf = (name: ImageName): BuiltImage => imageNamed(images, name);
  const subjects: readonly (Subject & { readonly imageName: ImageName })[] = [
    { name: 'injected', image: undefined, imageName: 'agent' },
    { name: 'injected-10x', image: undefined, imageName: 'agent', probeSeconds: 0.1 },
    { name: 'node-host', image: imageOf('agent-node').reference, imageName: 'agent-node', resources: roomy },
    {
      name: 'go-reference',
      image: imageOf('agent-reference').reference,
      imageName: 'agent-reference',
      resources: roomy,
    },
  ];
  try {
    await createNamespace(kube, namespace);
    await create(kube, podsPath, injectedPod('injected', imageOf('faulty-app').reference));
    const injected = (await readyPod(kube, 'injected')) as unknown as PodObject;
    for (const subject of subjects.slice(1)) await create(kube, podsPath, copyWith(injected, subject));
    const pods = await Promise.all(subjects.map(({ name }) => readyPod(kube, name)));
    const samples = await follow(kube, pods, options);
    const figures: AgentFigures[] = [];
    for (const { name, imageName } of subjects) {
      const pod = await readyPod(kube, name);
      figures.push({
        name,
        imageBytes: (await stat(imageOf(imageName).archivePath)).size,
        restarts: agentStatus(pod)?.restartCount ?? 0,
        samples: samples.get(name) ?? [],
        ...(await startOf(kube, pod)),
      });
    }
    for (const line of agentTable(figures)) options.progress.say(line);
    return figures.every(({ restarts }) => restarts === 0);
  } finally {
    await removeNamespace(kube, namespace).finally(() => kube.close());
  }
}

const podsPath = `/api/v1/namespaces/${namespace}/pods`;

function readyPod(kube: KubeTransport, name: string): Promise<V1Pod> {
  return waitFor(
    `readiness of pod ${name}`,
    async () => {
      const answer = await kube.request<V1Pod>({ method: 'GET', path: `${podsPath}/${name}` });
      if (!answer.ok) throw new AutopilotError('AP_DEMO_FAILED', answer.message);
      const ready = answer.body.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
      return ready ? answer.body : undefined;
    },
    { timeoutSeconds: readySeconds },
  );
}

function agentStatus({ status }: V1Pod) {
  return status?.initContainerStatuses?.find(({ name }) => name === agentContainerName);
}

/** Takes a sample of every pod each ten seconds; a reading that the kubelet repeats counts once. */
async function follow(
  kube: KubeTransport,
  pods: readonly V1Pod[],
  { seconds, progress }: Pick<AgentsBenchOptions, 'seconds' | 'progress'>,
): Promise<ReadonlyMap<string, readonly ContainerSample[]>> {
  const node = pods[0]?.spec?.nodeName ?? '';
  const samples = new Map<string, ContainerSample[]>();
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    await delay(sampleSeconds * 1000);
    const now = await sampleContainers(kube, node, namespace, agentContainerName);
    for (const [name, sample] of now) {
      const known = samples.get(name) ?? [];
      if (known.at(-1)?.at !== sample.at) samples.set(name, [...known, sample]);
    }
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    if (left % 60 < sampleSeconds) progress.say(`measuring ${now.size} agents, ${left} s to go`);
  }
  return samples;
}

/** From the start of the agent's process to its first line. */
async function startOf(kube: KubeTransport, pod: V1Pod): Promise<Pick<AgentFigures, 'threads' | 'startMilliseconds'>> {
  const facts = await processFacts(agentStatus(pod)?.containerID ?? '');
  const answer = await kube.open({
    method: 'GET',
    path: `${podsPath}/${pod.metadata?.name ?? ''}/log`,
    query: { container: agentContainerName, limitBytes: 4_096 },
    accept: 'text/plain, */*',
  });
  if (!answer.ok || facts === undefined) return { threads: facts?.threads, startMilliseconds: undefined };
  let text = '';
  for await (const chunk of answer.body as AsyncIterable<Buffer>) text += chunk.toString('utf8');
  const [, at] = /"time":"([^"]+)".*"msg":"agent started"/.exec(text) ?? [];
  return { threads: facts.threads, startMilliseconds: at === undefined ? undefined : Date.parse(at) - facts.startedAt };
}
