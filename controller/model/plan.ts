import type { FailureClass, RefusalReason } from '#contract/vocabulary.ts';
import type { Action } from './action.ts';
import type { Finding } from './finding.ts';
import type { WorkloadSnapshot } from './snapshot.ts';

/** Why not, or not now. `until` is when asking again makes sense, in milliseconds since the epoch. */
export interface Refusal {
  readonly skip: RefusalReason;
  readonly message: string;
  readonly until?: number;
}

export type Plan = { readonly act: Action; readonly message: string } | Refusal;

/** Plans a remedy for some failure classes. Pure: it proposes, the engine decides and the executor acts. */
export interface Handler {
  readonly name: string;
  readonly failureClasses: readonly FailureClass[];
  plan(finding: Finding, snapshot: WorkloadSnapshot): Plan;
}
