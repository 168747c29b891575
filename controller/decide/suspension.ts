import { suspensionCovers, suspensionState, type Suspension, type SuspensionReason } from '#contract/suspension.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import type { AgentTrouble } from './agent-trouble.ts';

/** Length of a first suspension, and the most that doubling makes of it. Milliseconds. */
const firstMilliseconds = 600_000;
const maximumMilliseconds = 4 * 3_600_000;

/** A trial has gone well once an agent that was injected by it has run for so long. Milliseconds. */
const trialMilliseconds = 60_000;

/** How long a suspension that is over, or that nobody has tried to end, is remembered for the doubling. Milliseconds. */
const rememberMilliseconds = 4 * 3_600_000;
const forgetMilliseconds = 24 * 3_600_000;

/** Bound of the record. Beyond it the oldest that are over are forgotten first. */
const maximumRecords = 32;

/** Namespaces with blocked pods from which on the image itself, and not one namespace's rules, is to blame. */
const namespacesOfAll = 2;

export interface SuspensionInput {
  readonly suspensions: readonly Suspension[];
  readonly troubles: readonly AgentTrouble[];
  /** Every pod that carries the agent. */
  readonly pods: Iterable<PodSnapshot>;
  readonly now: number;
}

/** What follows. `suspensions` is the whole record as it should be; `news` is what people should hear of. */
export type SuspensionDecision =
  | 'keep'
  | {
      readonly suspensions: readonly Suspension[];
      readonly suspended: readonly Suspension[];
      readonly resumed: readonly Suspension[];
    };

/**
 * Suspends injection of an image as soon as a pod is blocked by it: in that pod's namespace, and everywhere as soon as a
 * second namespace has one. What one namespace does to its own pods must not leave all others without agents.
 */
export function decideSuspensions(input: SuspensionInput): SuspensionDecision {
  const { suspensions, now } = input;
  const suspended = newSuspensions(input);
  const resumed = suspensions
    .filter((one) => suspensionState(one, now) === 'trial' && !suspended.some((other) => isSameScope(one, other)))
    .filter((one) => trialWentWell(one, input))
    .map((one) => ({ ...one, resumedAt: new Date(now).toISOString() }));
  const kept = suspensions
    .filter((one) => ![...suspended, ...resumed].some((other) => isSameScope(one, other)))
    .filter((one) => !isForgotten(one, input));
  if (suspended.length === 0 && resumed.length === 0 && kept.length === suspensions.length) return 'keep';
  const all = [...kept, ...resumed, ...suspended].toSorted((one, other) => one.since.localeCompare(other.since));
  return { suspensions: all.slice(-maximumRecords), suspended, resumed };
}

function newSuspensions({ suspensions, troubles, now }: SuspensionInput): readonly Suspension[] {
  const images = [...new Set(troubles.map(({ image }) => image))];
  return images.flatMap((image) => {
    const fresh = troubles.filter((one) => one.image === image && isNews(one, suspensions, now));
    const [first] = fresh;
    if (first === undefined) return [];
    const ofImage = suspensions.filter((one) => one.image === image);
    const held = ofImage.filter((one) => suspensionState(one, now) === 'suspended');
    // Pods of a namespace that is held may have been made anew already, so that none of them is blocked any more.
    const namespaces = new Set([...fresh.map(({ pod }) => pod.namespace), ...held.map((one) => one.namespace)]);
    const wasEverywhere = ofImage.some((one) => one.namespace === undefined && suspensionState(one, now) === 'trial');
    const isEverywhere = wasEverywhere || namespaces.size >= namespacesOfAll;
    const namespace = isEverywhere ? undefined : first.pod.namespace;
    return [suspend({ image, namespace, reason: first.reason }, suspensions, now)];
  });
}

/**
 * Whether a blocked pod says something that is not acted upon yet. One that was created before the last suspension of its
 * scope ended is of that time: an ownerless pod that stays blocked must not prolong it for ever.
 */
function isNews({ pod, image }: AgentTrouble, suspensions: readonly Suspension[], now: number): boolean {
  const covering = suspensions.filter((one) => suspensionCovers(one, image, pod.namespace));
  if (covering.some((one) => suspensionState(one, now) === 'suspended')) return false;
  return covering.every((one) => pod.createdAt >= Date.parse(one.until));
}

interface Scope {
  readonly image: string;
  readonly namespace: string | undefined;
}

function suspend(
  { image, namespace, reason }: Scope & { readonly reason: SuspensionReason },
  suspensions: readonly Suspension[],
  now: number,
): Suspension {
  const before = suspensions.find((one) => isSameScope(one, { image, namespace }));
  const count = (before?.count ?? 0) + 1;
  const length = Math.min(firstMilliseconds * 2 ** (count - 1), maximumMilliseconds);
  return {
    image,
    ...(namespace === undefined ? {} : { namespace }),
    reason,
    since: new Date(now).toISOString(),
    until: new Date(now + length).toISOString(),
    count,
  };
}

function isSameScope(one: Pick<Suspension, 'image' | 'namespace'>, other: Partial<Scope>): boolean {
  return one.image === other.image && one.namespace === other.namespace;
}

function trialWentWell(suspension: Suspension, { pods, troubles, now }: SuspensionInput): boolean {
  const isTrial = ({ createdAt, namespace }: PodSnapshot, image: string): boolean =>
    createdAt >= Date.parse(suspension.until) && suspensionCovers(suspension, image, namespace);
  if (troubles.some(({ pod, image }) => isTrial(pod, image))) return false;
  for (const pod of pods) {
    const { agent } = pod;
    const runs = agent?.restartCount === 0 && now - (agent.runningSince ?? now) >= trialMilliseconds;
    if (runs && isTrial(pod, agent.image)) return true;
  }
  return false;
}

/** Not as long as pods are still blocked from its time: without it they would be taken for news. */
function isForgotten(suspension: Suspension, { troubles, now }: SuspensionInput): boolean {
  const { resumedAt, until } = suspension;
  const isOld =
    resumedAt === undefined
      ? now - Date.parse(until) >= forgetMilliseconds
      : now - Date.parse(resumedAt) >= rememberMilliseconds;
  return isOld && !troubles.some(({ pod, image }) => suspensionCovers(suspension, image, pod.namespace));
}
