import type { V1Pod } from '@kubernetes/client-node';
import { agentContainerName } from '#contract/annotations.ts';
import { agentPort } from '#contract/ports.ts';
import type { Cluster } from './cluster.ts';
import { nameOf } from './pods.ts';
import { samplesAt, type Samples } from './scrape.ts';
import { notYet, waitUntil, type NotYet } from './wait-until.ts';

/** What a pod's agent has said lately. */
export function agentLog({ core }: Cluster, { metadata }: V1Pod): Promise<string> {
  const { name = '', namespace = '' } = metadata ?? {};
  return core.readNamespacedPodLog({ name, namespace, container: agentContainerName, tailLines: 60 });
}

/** The metrics page of a pod's agent. */
export function agentSamples(cluster: Cluster, { metadata }: V1Pod): Promise<Samples> {
  const pod = `${metadata?.name ?? ''}:${agentPort}`;
  return samplesAt(cluster, `/api/v1/namespaces/${metadata?.namespace ?? ''}/pods/${pod}/proxy/metrics`);
}

/** Waits until the pod's agent has seen each of its probes succeed: before that a failure is start-up, not a fault. */
export async function agentSawSuccess(cluster: Cluster, pod: V1Pod): Promise<void> {
  await waitUntil(`first success of the probes of ${nameOf(pod)}`, 60, async () => {
    const samples = await agentSamples(cluster, pod).catch(unreachable);
    if ('notYet' in samples) return samples;
    const succeeding = samples.get('autopilot_agent_probes{state="succeeding"}') ?? 0;
    const unknown = samples.get('autopilot_agent_probes{state="unknown"}') ?? 0;
    return succeeding > 0 && unknown === 0 ? true : notYet(`${succeeding} succeeding, ${unknown} unknown`);
  });
}

/** The kubelet starts the app as soon as the agent's process is there, so the page may come a moment later. */
function unreachable(error: unknown): NotYet {
  return notYet(String(error));
}
