import { expect } from 'vitest';
import { shareProcessNamespaceAnnotation } from '#contract/annotations.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { MemoryShape } from '#infra/demo/faulty-app/memory.ts';
import { agentSawSuccess } from './agent.ts';
import type { Cluster } from './cluster.ts';
import { listIncidents } from './incidents.ts';
import { appStatus } from './pods.ts';
import { startApp } from './start-app.ts';
import { notYet, waitUntil } from './wait-until.ts';
import { appPort } from './workloads.ts';

/** A prediction that comes later leaves no time to do anything about it. Seconds. */
const leastLeadSeconds = 5;

/** An app with a limit of 512 MiB whose agent sees its processes, on its way of using memory, at MiB a second. */
export async function startShape(cluster: Cluster, namespace: string, shape: MemoryShape, rate: number) {
  const name = `${shape}-${rate}`;
  const resources = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } };
  const annotations = { [shareProcessNamespaceAnnotation]: 'true' };
  const pod = await startApp(cluster, namespace, { name, annotations, container: { resources } });
  await agentSawSuccess(cluster, pod);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata?.name ?? ''}:${appPort}/proxy/memory/${shape}`;
  const answer = await cluster.kube.request({ method: 'POST', path, query: { rate } });
  if (!answer.ok) throw new Error(`${name} took no shape: ${answer.status} ${answer.message}`);
  return { name, pod, rate };
}

/** Waits for the first OOM kill of a leak, and expects that it was foretold at least five seconds before. */
export async function expectForetold(
  cluster: Cluster,
  namespace: string,
  { name, pod, rate }: Awaited<ReturnType<typeof startShape>>,
): Promise<void> {
  const podName = pod.metadata?.name ?? '';
  const timeoutSeconds = (512 / rate) * 1.5 + 60;
  const killedAt = await waitUntil(`OOM kill of ${name}`, timeoutSeconds, async () => {
    const now = await cluster.core.readNamespacedPod({ name: podName, namespace });
    const { terminated } = appStatus(now)?.lastState ?? {};
    return terminated?.reason === 'OOMKilled' ? terminated.finishedAt : notYet(JSON.stringify(appStatus(now)?.state));
  });
  const incidents = await listIncidents(cluster, namespace);
  const foretold = incidents.find(
    ({ spec }) => spec.failureClass === 'MemoryExhaustionPredicted' && spec.workload.name === name,
  );
  const detectedAt = millisecondsOf(foretold?.status?.times?.detectedAt);
  // Both clocks are the machine's; the kubelet rounds the kill down to a second.
  const lead = detectedAt === undefined ? undefined : (new Date(killedAt ?? 0).getTime() - detectedAt) / 1000;
  console.log(`${name}: foretold ${lead?.toFixed(1) ?? 'never, –'} s ahead`, foretold?.status?.evidence?.message ?? '');
  expect(lead, name).toBeGreaterThanOrEqual(leastLeadSeconds);
}

/** Classes of what was found of one workload. */
export async function classesOf(cluster: Cluster, namespace: string, workload: string): Promise<readonly string[]> {
  const incidents = await listIncidents(cluster, namespace);
  return incidents.filter(({ spec }) => spec.workload.name === workload).map(({ spec }) => spec.failureClass);
}
