import type { OverrideProblem } from '#contract/admission-override.ts';
import { agentContainerName, overrideAnnotation } from '#contract/annotations.ts';
import { isObject, objectAt, type JsonObject } from '#contract/json.ts';
import { readPod, type PodShape } from '#contract/pod-shape.ts';
import { parseQuantity } from '#contract/quantity.ts';
import { memoryQuantity } from './agent-resources.ts';
import { noUsage, obstacleTo, type Obstacle } from './namespace-fit.ts';
import type { NamespaceRules } from './namespace-rules.ts';
import type { Override, OverrideCaps } from './override.ts';
import { escapePointer, type PatchOperation } from './patch.ts';
import { sameQuantity } from './quantity.ts';

/** The pod as an override makes it, and the patch to it; without `patch` nothing of the override could be done. */
export interface OverriddenPod {
  readonly object: JsonObject;
  readonly patch: readonly PatchOperation[];
  readonly problems: readonly OverrideProblem[];
}

/** Added up with the scheduler's other scores, which are 0 to 100 as well; never so that a pod finds no node. */
const avoidanceWeight = 100;

/** Applies what of an override the pod and its namespace can bear: all raises of memory or none, and the nodes to avoid. */
export function overridePod(
  object: JsonObject,
  override: Override,
  rules: NamespaceRules,
  caps: OverrideCaps,
): OverriddenPod {
  const given = { object, patch: [], problems: [] };
  const raised = override.memory.length === 0 ? given : raiseMemory(object, override, rules, caps);
  const placed = override.avoidNodes.length === 0 ? raised : avoidNodes(raised, override.avoidNodes);
  return placed.patch.length === 0 ? placed : annotate(placed, override.name);
}

function raiseMemory(
  object: JsonObject,
  { memory }: Override,
  rules: NamespaceRules,
  caps: OverrideCaps,
): OverriddenPod {
  const pod = readPod(object);
  if (pod === undefined) return { object, patch: [], problems: [] };
  const refuse = (problem: OverrideProblem): OverriddenPod => ({ object, patch: [], problems: [problem] });
  if (Object.keys(objectAt(pod.spec, 'resources')).length > 0) return refuse('PodResources');

  const patch: PatchOperation[] = [];
  let raised = object;
  for (const { container: name, limit, bytes } of memory) {
    const place = placeOf(pod, name);
    if (place === undefined) return refuse('UnknownContainer');
    const resources = raisedResources(place.container, { limit, bytes }, rules, caps);
    if (typeof resources === 'string') return refuse(resources);
    patch.push({ op: 'add', path: `/spec/${place.list}/${place.index}/resources`, value: resources });
    raised = withResources(raised, place, resources);
  }
  const shape = readPod(raised);
  const obstacle = shape === undefined ? undefined : obstacleTo(shape, noUsage, rules);
  return obstacle === undefined ? { object: raised, patch, problems: [] } : refuse(obstacleProblems[obstacle]);
}

const obstacleProblems: Readonly<Record<Obstacle, OverrideProblem>> = {
  'limit-range': 'LimitRange',
  'resource-quota': 'ResourceQuota',
};

interface Place {
  readonly list: 'containers' | 'initContainers';
  readonly index: number;
  readonly container: JsonObject;
}

function placeOf(pod: PodShape, name: string): Place | undefined {
  if (name === agentContainerName) return undefined;
  for (const list of ['containers', 'initContainers'] as const) {
    const index = (pod[list] ?? []).findIndex((container) => container['name'] === name);
    const container = pod[list]?.[index];
    if (container !== undefined) return { list, index, container };
  }
  return undefined;
}

/** The resources of a container with a higher memory limit, or why it does not get it. */
function raisedResources(
  container: JsonObject,
  { limit, bytes }: { readonly limit: string; readonly bytes: number },
  rules: NamespaceRules,
  caps: OverrideCaps,
): JsonObject | OverrideProblem {
  const resources = objectAt(container, 'resources');
  const limits = objectAt(resources, 'limits');
  const requests = objectAt(resources, 'requests');
  const declared = parseQuantity(limits['memory']) ?? 0;
  if (declared <= 0 || bytes <= declared) return 'NotMoreMemory';
  if (bytes > caps.maximumMemory || bytes > declared * caps.maximumFactor) return 'AboveCap';
  const { maximum = Infinity, ratio = Infinity } = rules.limits.container.memory;
  if (bytes > maximum) return 'LimitRange';
  return {
    ...resources,
    limits: { ...limits, memory: limit },
    requests: {
      ...requests,
      memory: raisedRequest(requests['memory'] ?? limits['memory'], limits, limit, bytes / ratio),
    },
  };
}

/** Equal stays equal, so that the pod keeps its quality of service; else it rises no further than a LimitRange asks. */
function raisedRequest(request: unknown, limits: JsonObject, limit: string, least: number): unknown {
  if (sameQuantity(request, limits['memory'])) return limit;
  return (parseQuantity(request) ?? 0) >= least ? request : memoryQuantity(least, 'up');
}

function withResources(object: JsonObject, { list, index }: Place, resources: JsonObject): JsonObject {
  const spec = objectAt(object, 'spec');
  const containers = (spec[list] as readonly JsonObject[]).map((container, at) =>
    at === index ? { ...container, resources } : container,
  );
  return { ...object, spec: { ...spec, [list]: containers } };
}

/** Preferred, not required: a pod that runs on the node to avoid is better than one that finds none. */
function avoidNodes(pod: OverriddenPod, nodes: readonly string[]): OverriddenPod {
  const spec = objectAt(pod.object, 'spec');
  const affinity = branch(spec['affinity']);
  const nodeAffinity = branch(affinity?.['nodeAffinity']);
  const preferred: unknown = nodeAffinity?.['preferredDuringSchedulingIgnoredDuringExecution'] ?? [];
  // Another shape is refused by the API server itself.
  if (affinity === undefined || nodeAffinity === undefined || !Array.isArray(preferred)) return pod;
  const avoidance = {
    weight: avoidanceWeight,
    preference: {
      matchFields: nodes.map((node) => ({ key: 'metadata.name', operator: 'NotIn', values: [node] })),
    },
  };
  const value = {
    ...affinity,
    nodeAffinity: {
      ...nodeAffinity,
      preferredDuringSchedulingIgnoredDuringExecution: [...(preferred as readonly unknown[]), avoidance],
    },
  };
  return {
    ...pod,
    object: { ...pod.object, spec: { ...spec, affinity: value } },
    patch: [...pod.patch, { op: 'add', path: '/spec/affinity', value }],
  };
}

/** An object, an empty one where there is none yet, and undefined for anything else. */
function branch(value: unknown): JsonObject | undefined {
  if (value === undefined || value === null) return {};
  return isObject(value) ? value : undefined;
}

function annotate(pod: OverriddenPod, name: string): OverriddenPod {
  const metadata = objectAt(pod.object, 'metadata');
  const annotations = objectAt(metadata, 'annotations');
  const isFirst = Object.keys(annotations).length === 0;
  const patch: PatchOperation = isFirst
    ? { op: 'add', path: '/metadata/annotations', value: { [overrideAnnotation]: name } }
    : { op: 'add', path: `/metadata/annotations/${escapePointer(overrideAnnotation)}`, value: name };
  return {
    ...pod,
    object: { ...pod.object, metadata: { ...metadata, annotations: { ...annotations, [overrideAnnotation]: name } } },
    patch: [...pod.patch, patch],
  };
}
