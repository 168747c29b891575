import type { FailureClass, PolicyMode, RecreateMode } from '#contract/vocabulary.ts';
import type { Limits } from '../model/limits.ts';
import type { LadderStep, MaintenanceWindow, PolicySnapshot } from '../model/policy.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { defaultLadders } from './default-ladders.ts';
import { requirementsOf, selects } from '../model/label-selector.ts';

/** What holds for one workload: its policy, with the operator's numbers where that says nothing. */
export interface EffectivePolicy {
  /** As `namespace/name` or `name`; empty where no policy selects the workload. */
  readonly name: string;
  readonly mode: PolicyMode;
  readonly limits: Limits;
  readonly windows: readonly MaintenanceWindow[];
  readonly driftAllowed: boolean;
  readonly localDataDisposable: boolean;
  readonly recreate: RecreateMode;
  readonly routes: readonly string[] | undefined;
  ladderOf(failureClass: FailureClass): readonly LadderStep[];
}

/** The policy of a workload, and those that also select it and lose. */
export interface Selection {
  readonly winner: PolicySnapshot | undefined;
  readonly overridden: readonly PolicySnapshot[];
}

/**
 * The most specific policy wins as a whole: a namespace's own before a cluster's, then the one whose selector asks
 * for more, then the older one, so that a new policy never silently takes a workload from an equal one.
 */
export function selectPolicy(
  policies: readonly PolicySnapshot[],
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Selection {
  const [winner, ...overridden] = policies
    .filter((policy) => reaches(policy, namespace) && selects(policy.selector, labels))
    .toSorted(bySpecificity);
  return { winner, overridden };
}

/** A namespaced policy can never touch another namespace, whatever its selector says. */
function reaches(policy: PolicySnapshot, namespace: string): boolean {
  return policy.scope === 'cluster' || policy.namespace === namespace;
}

function bySpecificity(one: PolicySnapshot, other: PolicySnapshot): number {
  return (
    Number(other.scope === 'namespace') - Number(one.scope === 'namespace') ||
    requirementsOf(other.selector) - requirementsOf(one.selector) ||
    one.createdAt - other.createdAt ||
    (one.name < other.name ? -1 : 1)
  );
}

/** The labels by which a workload is selected: those of its pods, which come from its template. */
export function selectableLabels({ pods }: WorkloadSnapshot): Readonly<Record<string, string>> {
  return (pods.find(({ terminating }) => !terminating) ?? pods[0])?.labels ?? {};
}

export function effectivePolicy(snapshot: WorkloadSnapshot, limits: Limits): EffectivePolicy {
  const { winner } = selectPolicy(snapshot.policies, snapshot.namespace, selectableLabels(snapshot));
  if (winner === undefined) {
    return {
      name: '',
      mode: 'Act',
      limits,
      windows: [],
      driftAllowed: false,
      localDataDisposable: false,
      recreate: 'Never',
      routes: undefined,
      ladderOf: (failureClass) => builtInLadder(failureClass, limits.maxAttempts),
    };
  }
  return {
    name: winner.scope === 'cluster' ? winner.name : `${winner.namespace}/${winner.name}`,
    mode: winner.mode,
    limits: limitsOf(winner, limits),
    windows: winner.windows,
    driftAllowed: limits.driftAllowed && winner.driftAllowed,
    localDataDisposable: winner.localDataDisposable,
    recreate: winner.recreate,
    routes: winner.routes,
    ladderOf: (failureClass) => winner.ladders.get(failureClass) ?? builtInLadder(failureClass, limits.maxAttempts),
  };
}

/** The built-in ladder with no step tried more often than the operator allows. */
function builtInLadder(failureClass: FailureClass, maxAttempts: number): readonly LadderStep[] {
  const ladder = defaultLadders[failureClass];
  if (ladder.every((step) => step.maxAttempts <= maxAttempts)) return ladder;
  return ladder.map((step) => ({ ...step, maxAttempts: Math.min(step.maxAttempts, maxAttempts) }));
}

function limitsOf(policy: PolicySnapshot, limits: Limits): Limits {
  const { breaker } = limits;
  const cooldownSeconds = policy.cooldownSeconds ?? limits.cooldownSeconds;
  const verifyHealthySeconds = policy.verifyHealthySeconds ?? limits.verifyHealthySeconds;
  return {
    ...limits,
    cooldownSeconds,
    // A policy that sets one of two leaves the other to the operator, whose number may not fit to it.
    cooldownMaximumSeconds: Math.max(cooldownSeconds, policy.cooldownMaximumSeconds ?? limits.cooldownMaximumSeconds),
    verifyHealthySeconds,
    verifyTimeoutSeconds: Math.max(verifyHealthySeconds, policy.verifyTimeoutSeconds ?? limits.verifyTimeoutSeconds),
    actionsPerHour: policy.actionsPerHour ?? limits.actionsPerHour,
    standDownSeconds: policy.standDownSeconds ?? limits.standDownSeconds,
    approvalSeconds: policy.approvalSeconds ?? limits.approvalSeconds,
    breaker: {
      ...breaker,
      percentage: policy.breakerPercentage ?? breaker.percentage,
      podsAtLeast: policy.breakerPodsAtLeast ?? breaker.podsAtLeast,
      halfOpenSeconds: policy.breakerHalfOpenSeconds ?? breaker.halfOpenSeconds,
    },
  };
}
