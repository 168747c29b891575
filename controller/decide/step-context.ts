import type { Incident, IncidentStatus } from '#contract/incident.ts';
import type { Decision } from '../model/decision.ts';
import type { Finding } from '../model/finding.ts';
import type { Handler } from '../model/plan.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import type { FindingContext } from './context.ts';
import type { EffectivePolicy } from './policy.ts';

/** What all steps of one look at a workload share. */
export interface StepContext {
  readonly snapshot: WorkloadSnapshot;
  readonly findings: readonly Finding[];
  readonly handlers: readonly Handler[];
  readonly policy: EffectivePolicy;
  /** Of the leader that decides: written with each intent. */
  readonly epoch: number;
  readonly now: number;
}

/** A decision, or none, and when to look again if nothing changes before. */
export interface Step {
  readonly decision?: Decision;
  readonly recheckAt?: number;
}

export function railContext(context: StepContext, finding: Finding, incident: Incident | undefined): FindingContext {
  const { findings, snapshot, policy, now } = context;
  return { finding, findings, snapshot, incident, policy, now };
}

/** Stores a status and does nothing else. */
export function write(incident: Incident, status: IncidentStatus): Step {
  const nothing = { actions: undefined, rehearsal: undefined, finding: undefined };
  return { decision: { target: { update: incident }, status, ...nothing } };
}

/** The earliest of some times, undefined ones aside. */
export function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
