import { maximumMessageCharacters } from '#contract/incident.ts';
import type { PolicyCondition } from '#contract/policy-status.ts';
import type { PolicySnapshot } from '../model/policy.ts';

/** What the controller knows about a policy beside its text. */
export interface PolicyFacts {
  /** Workloads that it holds for. */
  readonly workloads: number;
  /** Pods of those workloads that should carry the agent and don't. */
  readonly podsWithoutAgent: number;
  /** Names of the policies that hold for workloads which it selects too. */
  readonly overriddenBy: readonly string[];
}

/** Names of other policies that a message lists; more are only counted. */
const namedPolicies = 5;

export type ConditionVerdict = Pick<PolicyCondition, 'type' | 'status' | 'reason' | 'message'>;

/** What the conditions of a policy say, always in the same order. */
export function policyConditions(policy: PolicySnapshot, facts: PolicyFacts): readonly ConditionVerdict[] {
  return [accepted(policy), effective(facts)];
}

function accepted({ problems }: PolicySnapshot): ConditionVerdict {
  const [first] = problems;
  if (first === undefined) {
    return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'All of the policy is used.' };
  }
  const message = problems.map((problem) => problem.message).join(' ');
  return { type: 'Accepted', status: 'False', reason: first.reason, message: shortened(message) };
}

function effective({ workloads, overriddenBy }: PolicyFacts): ConditionVerdict {
  const also = overriddenBy.length === 0 ? '' : ` Others are decided by ${listed(overriddenBy)}.`;
  if (workloads > 0) {
    const message = `The policy holds for ${workloads} ${workloads === 1 ? 'workload' : 'workloads'}.${also}`;
    return { type: 'Effective', status: 'True', reason: 'Effective', message: shortened(message) };
  }
  if (overriddenBy.length > 0) {
    const message = `All that it selects is decided by ${listed(overriddenBy)}, which are more specific or older.`;
    return { type: 'Effective', status: 'False', reason: 'Overridden', message: shortened(message) };
  }
  return {
    type: 'Effective',
    status: 'False',
    reason: 'SelectsNothing',
    message: 'No workload of an opted-in namespace is selected.',
  };
}

function listed(names: readonly string[]): string {
  const sorted = names.toSorted();
  const more = sorted.length - namedPolicies;
  return sorted.slice(0, namedPolicies).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function shortened(text: string): string {
  return text.length > maximumMessageCharacters ? `${text.slice(0, maximumMessageCharacters - 1)}…` : text;
}
