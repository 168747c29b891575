import { parseQuantity } from '#contract/quantity.ts';
import { objectAt, type JsonObject } from '#contract/json.ts';
import type { AgentResource, Amounts } from './namespace-rules.ts';
import type { PodShape } from '#contract/pod-shape.ts';

/** What a pod requests and limits as a whole. */
export interface PodUsage {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/**
 * As the API server counts a pod: its containers and native sidecars together, or the largest moment of its start, when
 * an init container runs beside the sidecars before it.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function podUsage(pod: PodShape, agent: PodUsage): PodUsage {
  const sum = (kind: 'requests' | 'limits'): Amounts => ({
    cpu: total(pod, kind, 'cpu') + agent[kind].cpu,
    memory: total(pod, kind, 'memory') + agent[kind].memory,
  });
  // The agent comes last, so no init container starts beside it.
  const start = (kind: 'requests' | 'limits', lasting: Amounts): Amounts => ({
    cpu: Math.max(lasting.cpu, startPeak(pod, kind, 'cpu')) + overhead(pod, 'cpu'),
    memory: Math.max(lasting.memory, startPeak(pod, kind, 'memory')) + overhead(pod, 'memory'),
  });
  return { requests: start('requests', sum('requests')), limits: start('limits', sum('limits')) };
}

function total(pod: PodShape, kind: 'requests' | 'limits', resource: AgentResource): number {
  const sidecars = (pod.initContainers ?? []).filter(isSidecar);
  return [...pod.containers, ...sidecars].reduce((sum, container) => sum + amountOf(container, kind, resource), 0);
}

function startPeak(pod: PodShape, kind: 'requests' | 'limits', resource: AgentResource): number {
  let sidecars = 0;
  let peak = 0;
  for (const container of pod.initContainers ?? []) {
    const amount = amountOf(container, kind, resource);
    if (isSidecar(container)) sidecars += amount;
    peak = Math.max(peak, isSidecar(container) ? sidecars : sidecars + amount);
  }
  return peak;
}

function isSidecar(container: JsonObject): boolean {
  return container['restartPolicy'] === 'Always';
}

/** A limit without a request is the request too. */
function amountOf(container: JsonObject, kind: 'requests' | 'limits', resource: AgentResource): number {
  const resources = objectAt(container, 'resources');
  const limit = objectAt(resources, 'limits')[resource];
  const value = kind === 'limits' ? limit : (objectAt(resources, 'requests')[resource] ?? limit);
  return parseQuantity(value) ?? 0;
}

function overhead(pod: PodShape, resource: AgentResource): number {
  return parseQuantity(objectAt(pod.spec, 'overhead')[resource]) ?? 0;
}
