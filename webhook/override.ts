import { maximumOverrideSeconds, type OverrideProblem } from '#contract/admission-override.ts';
import { overrideAnnotation, pausedAnnotation } from '#contract/annotations.ts';
import { objectAt, objectsAt, stringAt, type JsonObject } from '#contract/json.ts';
import type { PodShape } from '#contract/pod-shape.ts';
import { parseQuantity } from '#contract/quantity.ts';

/** A usable AdmissionOverride. Times in milliseconds since the epoch. */
export interface Override {
  readonly namespace: string;
  readonly name: string;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly memory: readonly MemoryRaise[];
  readonly avoidNodes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface MemoryRaise {
  readonly container: string;
  /** As it is written. */
  readonly limit: string;
  readonly bytes: number;
}

/** How far the operator lets overrides go. */
export interface OverrideCaps {
  /** Bytes that no container gets more of. */
  readonly maximumMemory: number;
  /** How many times its declared limit a container gets at most. */
  readonly maximumFactor: number;
}

/** What of an override can be told without a pod. */
export type OverrideReading = { readonly override: Override } | { readonly problem: OverrideProblem };

/** Reads an AdmissionOverride as the API sends it. Its schema was checked there, but nothing of it is trusted here. */
export function readOverride(
  object: JsonObject,
  { maximumMemory }: OverrideCaps,
  isExcluded: (namespace: string) => boolean,
): OverrideReading {
  const metadata = objectAt(object, 'metadata');
  const spec = objectAt(object, 'spec');
  const owner = objectAt(spec, 'owner');
  const override: Override = {
    namespace: stringAt(metadata, 'namespace') ?? '',
    name: stringAt(metadata, 'name') ?? '',
    owner: {
      kind: stringAt(owner, 'kind') ?? '',
      name: stringAt(owner, 'name') ?? '',
      uid: stringAt(owner, 'uid') ?? '',
    },
    memory: objectsAt(spec, 'memory').map(raiseOf),
    avoidNodes: textsAt(spec, 'avoidNodes'),
    createdAt: Date.parse(stringAt(metadata, 'creationTimestamp') ?? ''),
    expiresAt: Date.parse(stringAt(spec, 'expiresAt') ?? ''),
  };
  const lifeSeconds = (override.expiresAt - override.createdAt) / 1000;
  if (Number.isNaN(lifeSeconds) || override.owner.uid === '') return { problem: 'Malformed' };
  if (override.memory.some(({ bytes }) => Number.isNaN(bytes))) return { problem: 'Malformed' };
  if (lifeSeconds > maximumOverrideSeconds) return { problem: 'TooLong' };
  if (override.memory.some(({ bytes }) => bytes > maximumMemory)) return { problem: 'AboveCap' };
  return isExcluded(override.namespace) ? { problem: 'ExcludedNamespace' } : { override };
}

/** Which override holds for a new pod; a problem is counted for each one that names its controller and is not used. */
export interface OverrideChoice {
  readonly override: Override | undefined;
  readonly problems: readonly OverrideProblem[];
}

export interface PodOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The controller of a pod, by its owner references; undefined where it has none. */
export function controllerOf(pod: JsonObject): PodOwner | undefined {
  const reference = objectsAt(objectAt(pod, 'metadata'), 'ownerReferences').find((one) => one['controller'] === true);
  if (reference === undefined) return undefined;
  const [kind, name, uid] = ['kind', 'name', 'uid'].map((field) => stringAt(reference, field));
  return kind === undefined || name === undefined || uid === undefined ? undefined : { kind, name, uid };
}

/** Of all overrides that name the uid of the pod's controller the newest one that is meant for it and still holds. */
export function chooseOverride(
  candidates: readonly Override[],
  owner: PodOwner,
  namespace: string,
  now: number,
): OverrideChoice {
  const live = candidates.filter(({ expiresAt }) => now < expiresAt);
  const own = live.filter((one) => one.namespace === namespace && isSame(one.owner, owner));
  const foreign = live.filter((one) => !own.includes(one)).map((): OverrideProblem => 'Foreign');
  return { override: own.toSorted(newestFirst)[0], problems: foreign };
}

/** Why a pod is not changed whatever the override says. */
export function overrideObstacle(
  pod: PodShape,
  namespace: { readonly acts: boolean; readonly annotations: Readonly<Record<string, string>> },
): OverrideProblem | undefined {
  if (!namespace.acts) return 'Observing';
  const isPaused = [pod.annotations, namespace.annotations].some((one) => one?.[pausedAnnotation] === 'true');
  return isPaused ? 'Paused' : undefined;
}

/** Whether a pod carries the mark of an override: the webhook was called again after another injector. */
export function isOverridden(pod: PodShape): boolean {
  return pod.annotations?.[overrideAnnotation] !== undefined;
}

function isSame(left: PodOwner, right: PodOwner): boolean {
  return left.uid === right.uid && left.kind === right.kind && left.name === right.name;
}

/** By name where two are of the same second, so that every replica chooses alike. */
function newestFirst(left: Override, right: Override): number {
  return right.createdAt - left.createdAt || (left.name < right.name ? 1 : -1);
}

function raiseOf(item: JsonObject): MemoryRaise {
  const limit = stringAt(item, 'limit') ?? '';
  return { container: stringAt(item, 'container') ?? '', limit, bytes: parseQuantity(limit) ?? Number.NaN };
}

function textsAt(parent: JsonObject, name: string): readonly string[] {
  const value: unknown = parent[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
