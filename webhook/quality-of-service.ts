import { parseQuantity } from '#contract/quantity.ts';
import { objectAt, type JsonObject } from '#contract/json.ts';
import { allContainers, type PodShape } from '#contract/pod-shape.ts';
import { sameQuantity } from './quantity.ts';

/**
 * Whether the kubelet would class the pod as Guaranteed: every container limits cpu and memory, and requests that much.
 * One container without such limits costs the pod its class, and with it its place in the order of eviction and of OOM kills.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function isGuaranteed(pod: PodShape): boolean {
  return allContainers(pod).every(requestsItsLimits);
}

function requestsItsLimits(container: JsonObject): boolean {
  const resources = objectAt(container, 'resources');
  const limits = objectAt(resources, 'limits');
  const requests = objectAt(resources, 'requests');
  return ['cpu', 'memory'].every((resource) => {
    const limit = limits[resource];
    return (parseQuantity(limit) ?? 0) > 0 && sameQuantity(requests[resource] ?? limit, limit);
  });
}
