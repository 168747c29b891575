import { isObject, objectAt, type JsonObject } from './json.ts';

/** The parts of a pod that a patch touches, checked once so that the patch is sure to apply. */
export interface PodShape {
  readonly spec: JsonObject;
  /** Undefined when metadata itself is missing, so that the patch knows which parent to create. */
  readonly metadata: JsonObject | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly containers: readonly JsonObject[];
  readonly initContainers: readonly JsonObject[] | undefined;
  readonly volumes: readonly JsonObject[] | undefined;
}

/** Undefined for a shape that a patch could fail on; the API server refuses such a pod by itself. */
export function readPod(object: JsonObject): PodShape | undefined {
  const metadata = optional(object['metadata'], isObject);
  const spec = object['spec'];
  if (metadata === malformed || !isObject(spec)) return undefined;
  const annotations = optional(metadata?.['annotations'], isTextMap);
  const containers = spec['containers'];
  const initContainers = optional(spec['initContainers'], isObjectList);
  const volumes = optional(spec['volumes'], isObjectList);
  if (annotations === malformed || initContainers === malformed || volumes === malformed) return undefined;
  if (!isObjectList(containers) || containers.length === 0) return undefined;
  return { spec, metadata, annotations, containers, initContainers, volumes };
}

/** Init containers first, as the kubelet orders them; native sidecars are among them. */
export function allContainers(pod: PodShape): readonly JsonObject[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** Containers that run beside the app: the app's own and native sidecars. */
export function lastingContainers(pod: PodShape): readonly JsonObject[] {
  return allContainers(pod).filter(
    (container) => pod.containers.includes(container) || container['restartPolicy'] === 'Always',
  );
}

/** Whether the pod asks for a Windows node, by its own word or by its node selector. */
export function isWindows(pod: PodShape): boolean {
  return (
    objectAt(pod.spec, 'os')['name'] === 'windows' ||
    objectAt(pod.spec, 'nodeSelector')['kubernetes.io/os'] === 'windows'
  );
}

const malformed = Symbol('malformed');

function optional<Value>(
  value: unknown,
  check: (value: unknown) => value is Value,
): Value | undefined | typeof malformed {
  if (value === undefined || value === null) return undefined;
  return check(value) ? value : malformed;
}

function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isObjectList(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}
