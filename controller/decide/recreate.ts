import type { RefusalReason } from '#contract/vocabulary.ts';
import type { Actions } from '../model/decision.ts';
import type { Limits } from '../model/limits.ts';
import type { Refusal } from '../model/plan.ts';
import type { NamedAction, PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { refusalOf } from './action-rails.ts';
import type { RailContext } from './context.ts';
import { livePods, workloadHealthySince } from './health.ts';
import { onlyObserves } from './permit.ts';
import { effectivePolicy } from './policy.ts';
import { passingRails, rails } from './rails.ts';

/** What is done about the pods of a workload that should carry the agent and don't. */
export type Recreation =
  | { readonly recreation: 'never' }
  | { readonly recreation: 'held' | 'stopped'; readonly reason: RefusalReason; readonly message: string }
  | { readonly recreation: 'due'; readonly pod: PodSnapshot; readonly actions: Actions };

export interface RecreateInput {
  readonly snapshot: WorkloadSnapshot;
  readonly limits: Limits;
  /** Evictions of the last hour for this reason, in any workload: they count against the namespace's budget too. */
  readonly evictions: readonly NamedAction[];
  /** When the last one of this workload was, in milliseconds since the epoch. */
  readonly evictedAt: number | undefined;
  /** Since when a webhook is ready; undefined while none is. */
  readonly injectingSince: number | undefined;
  readonly now: number;
}

/** Pods that are judged: where the first may not be touched another may. */
const maximumCandidates = 10;

/** A ready webhook is reached by every API server only when the Service's rules have followed. */
const settledMilliseconds = 20_000;

/** Creation times have a resolution of 1 s, rounded down. */
const resolutionMilliseconds = 1000;

/**
 * Decides which pod without the agent is evicted next, if one is. Nobody fails for want of an agent, so it gives way to
 * everything: the same rails as for a failing pod, every replica well, and one pod at a time. Pure.
 */
export function decideRecreation(input: RecreateInput): Recreation {
  const { snapshot, limits, evictions, evictedAt, injectingSince, now } = input;
  const policy = effectivePolicy(snapshot, limits);
  if (policy.recreate === 'Never' || policy.mode === 'Off') return { recreation: 'never' };
  if (onlyObserves({ snapshot, policy }) || policy.mode === 'Approve') {
    return held({
      skip: 'observe-mode',
      message: 'Pods are re-created where namespace and policy let us act unasked.',
    });
  }
  if (injectingSince === undefined || now - injectingSince < settledMilliseconds) {
    return held({
      skip: 'injection-away',
      message: 'Injection is suspended, or the webhook has not been ready for long enough to rely on it.',
    });
  }
  const live = livePods(snapshot);
  // What came back while no webhook was there tells nothing about the one that is ready now.
  const since = evictedAt === undefined ? undefined : Math.max(evictedAt, injectingSince);
  const newest = live.filter((pod) => isAfter(pod, since)).toSorted((one, other) => other.createdAt - one.createdAt);
  if (newest[0]?.lacksAgent !== undefined) {
    const message = `Pod ${newest[0].name}, which took the place of one without the agent, carries none either.`;
    return { recreation: 'stopped', reason: 'came-back-bare', message };
  }
  const bare = live.filter((pod) => pod.lacksAgent !== undefined);
  const candidates = bare.toSorted((one, other) => one.createdAt - other.createdAt).slice(0, maximumCandidates);
  const cluster = { ...snapshot.cluster, actions: [...snapshot.cluster.actions, ...evictions] };
  let first: Refusal | undefined;
  for (const pod of candidates) {
    const actions: Actions = [{ kind: 'evict-pod', namespace: pod.namespace, podName: pod.name, podUid: pod.uid }];
    const context: RailContext = {
      finding: { pod, evidenceAt: snapshot.contactAt },
      findings: [],
      snapshot: { ...snapshot, cluster },
      incident: undefined,
      policy,
      now,
    };
    const refusal = refusalFor(actions, context);
    if (refusal === undefined) return { recreation: 'due', pod, actions };
    first ??= refusal;
  }
  return first === undefined ? { recreation: 'never' } : held(first);
}

function refusalFor(actions: Actions, context: RailContext): Refusal | undefined {
  return ask(rails, context) ?? refusalOf(actions, context) ?? unhealthy(context) ?? ask(passingRails, context);
}

function ask(asked: typeof rails, context: RailContext): Refusal | undefined {
  for (const rail of asked) {
    const refusal = rail(context);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The one before is over when its replacement has been well for as long as any remedy is verified. */
function unhealthy({ snapshot, policy, now }: RailContext): Refusal | undefined {
  const { workload, owner, pods, incidents } = snapshot;
  const name = `${workload.kind} ${workload.name}`;
  const refusal = (message: string): Refusal => ({ skip: 'workload-unhealthy', message });
  if (incidents.some(({ status }) => status?.phase !== 'Resolved')) return refusal(`${name} has an open incident.`);
  if (owner === undefined) return refusal(`How many replicas ${name} should have is not known.`);
  const leaving = pods.find(({ terminating }) => terminating);
  if (leaving) return refusal(`Pod ${leaving.name} is still being replaced.`);
  const live = livePods(snapshot).length;
  const { replicas = live, readyReplicas, generation, observedGeneration } = owner;
  if (observedGeneration < generation || live !== replicas || readyReplicas < replicas) {
    return refusal(`${name} has not all of its replicas ready.`);
  }
  const since = workloadHealthySince(snapshot);
  const healthySeconds = policy.limits.verifyHealthySeconds;
  if (since !== undefined && now - since >= healthySeconds * 1000) return undefined;
  return refusal(`${name} has not been healthy for ${healthySeconds} s.`);
}

function isAfter({ createdAt }: PodSnapshot, moment: number | undefined): boolean {
  return moment !== undefined && createdAt >= Math.floor(moment / resolutionMilliseconds) * resolutionMilliseconds;
}

function held({ skip: reason, message }: Refusal): Recreation {
  return { recreation: 'held', reason, message };
}
