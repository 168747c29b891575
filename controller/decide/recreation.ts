import { suspensionCovers, suspensionState, type Suspension } from '#contract/suspension.ts';
import type { RefusalReason } from '#contract/vocabulary.ts';
import type { AgentTrouble } from './agent-trouble.ts';

/** How long a suspension must have been written before pods are re-created by it: each webhook has heard of it by then. */
const settleMilliseconds = 10_000;

/** Most evictions in a minute, in the whole cluster. */
const maximumPerMinute = 10;

/** Pods of one owner that came back with the agent after all and are evicted all the same; then it is left alone. */
const maximumComebacks = 2;

export interface RecreationInput {
  readonly suspensions: readonly Suspension[];
  readonly troubles: readonly AgentTrouble[];
  /** Times of the evictions of the last minute. */
  readonly evictedAt: readonly number[];
  /** Pods that are not asked about again before this time, by uid. */
  readonly notBefore: ReadonlyMap<string, number>;
  /** Pods that came back blocked and were evicted again, by uid of their owner. */
  readonly comebacks: ReadonlyMap<string, number>;
  readonly now: number;
}

/** A blocked pod that may be evicted now. `cameBack`: it was injected although that was suspended. */
export interface Recreation {
  readonly trouble: AgentTrouble;
  readonly ownerUid: string;
  readonly cameBack: boolean;
}

/**
 * Which blocked pods are evicted, so that their owners make them anew without the agent. That undoes what injection did,
 * so it does not depend on a policy, and holds where the namespace only observes.
 */
export function decideRecreations(input: RecreationInput): readonly Recreation[] {
  const { troubles, evictedAt, notBefore, comebacks, now } = input;
  const room = Math.max(0, maximumPerMinute - evictedAt.filter((at) => now - at < 60_000).length);
  const due = troubles.flatMap((trouble): readonly Recreation[] => {
    const { pod } = trouble;
    const settled = settledSince(trouble, input);
    const ownerUid = pod.controller?.uid;
    if (settled === undefined || ownerUid === undefined || recreationHold(trouble) !== undefined) return [];
    if (servesMeanwhile(trouble) || now < (notBefore.get(pod.uid) ?? 0)) return [];
    const cameBack = pod.createdAt > settled;
    if (cameBack && (comebacks.get(ownerUid) ?? 0) >= maximumComebacks) return [];
    return [{ trouble, ownerUid, cameBack }];
  });
  // The longest blocked first.
  return due.toSorted((one, other) => one.trouble.pod.createdAt - other.trouble.pod.createdAt).slice(0, room);
}

/** Why a pod is never re-created for the agent's sake, whatever else holds; undefined for one that may be. */
export function recreationHold({ pod }: AgentTrouble): RefusalReason | undefined {
  if (pod.mirror) return 'mirror-pod';
  if (pod.controller === undefined) return 'no-controller';
  if (pod.controller.kind === 'Job') return 'job-pod';
  if (pod.paused) return 'paused';
  // What never ran has nothing to lose. One that runs and is not ready for the agent's sake keeps its data.
  return pod.agent?.appStarted === true && pod.localData.length > 0 ? 'local-data' : undefined;
}

/** Between two ends of its agent a pod may be ready: then it is not disturbed. */
function servesMeanwhile({ pod }: AgentTrouble): boolean {
  return pod.agent?.appStarted === true && pod.ready;
}

/** When every webhook knew of the suspension that holds for this pod; undefined while there is none, or not yet. */
function settledSince({ pod, image }: AgentTrouble, { suspensions, now }: RecreationInput): number | undefined {
  const times = suspensions
    .filter((one) => suspensionCovers(one, image, pod.namespace) && suspensionState(one, now) === 'suspended')
    .map(({ since }) => Date.parse(since) + settleMilliseconds)
    .filter((at) => now >= at);
  return times.length === 0 ? undefined : Math.min(...times);
}
