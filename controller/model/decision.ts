import type { Incident, IncidentSpec, IncidentStatus } from '#contract/incident.ts';
import type { Action } from './action.ts';
import type { Finding } from './finding.ts';

/** The incident that a decision is about: one to be created under a name, or one that exists. */
export type DecisionTarget = { readonly create: string; readonly spec: IncidentSpec } | { readonly update: Incident };

/** What is to be done to the cluster, in order. */
export type Actions = readonly [Action, ...Action[]];

/**
 * The next step of one incident. `status` is its whole next status, which already holds the intent where there are
 * actions; undefined when that intent was written before and only the act is left.
 */
export interface Decision {
  readonly target: DecisionTarget;
  readonly status: IncidentStatus | undefined;
  readonly actions: Actions | undefined;
  /** What would be done if it were allowed: tried without effect, and what the API server says is added to the status. */
  readonly rehearsal: Actions | undefined;
  readonly finding: Finding | undefined;
}

/** What to do about a workload now, and when to look again if nothing changes before. */
export interface Decisions {
  readonly steps: readonly Decision[];
  /** Sinks that the policy names for notices; undefined means all. */
  readonly routes: readonly string[] | undefined;
  readonly recheckAt: number | undefined;
}
