import type { V1Pod } from '@kubernetes/client-node';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from './cluster.ts';

/** What the API server makes of a pod that it then doesn't keep, or why it wants none of it. */
export type DryRun =
  | { readonly pod: V1Pod; readonly warnings: readonly string[] }
  | { readonly refused: number; readonly message: string };

/** Sends a pod through all of admission without creating it. */
export async function dryRunPod({ kube }: Cluster, namespace: string, pod: object): Promise<DryRun> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const body = { apiVersion: 'v1', kind: 'Pod', ...pod };
  const answer = await kube.open({ method: 'POST', path, query: { dryRun: 'All' }, body });
  if (!answer.ok) return { refused: answer.status, message: answer.message };
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body as AsyncIterable<Buffer>) chunks.push(chunk);
  return {
    pod: JSON.parse(Buffer.concat(chunks).toString('utf8')) as V1Pod,
    warnings: (answer.body.headersDistinct['warning'] ?? []).map((warning) => /"(.*)"/.exec(warning)?.[1] ?? warning),
  };
}

/** The pod as the API server would keep it. */
export async function admittedPod(cluster: Cluster, namespace: string, pod: object): Promise<V1Pod> {
  const result = await dryRunPod(cluster, namespace, pod);
  if ('refused' in result) throw new Error(`the pod was refused: ${result.refused} ${result.message}`);
  return result.pod;
}

/** The injected container of a pod; undefined where there is none. */
export function agentOf({ spec }: V1Pod) {
  return spec?.initContainers?.find(({ name }) => name === agentContainerName);
}
