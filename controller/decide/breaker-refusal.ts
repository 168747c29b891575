import type { Refusal } from '../model/plan.ts';

/** A refusal by a breaker says which one, so that people are told once of a namespace and not once of each workload. */
export interface BreakerRefusal extends Refusal {
  readonly skip: 'breaker-open';
  readonly breaker: 'workload' | 'namespace' | 'cluster';
}
