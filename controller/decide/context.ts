import type { Incident } from '#contract/incident.ts';
import type { Finding } from '../model/finding.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import type { EffectivePolicy } from './policy.ts';

/** What rails look at of what is judged: a finding, or a pod that fails nobody and is to be re-created all the same. */
export type RailSubject = Pick<Finding, 'pod' | 'evidenceAt'> & Partial<Omit<Finding, 'pod' | 'evidenceAt'>>;

/** What each rail looks at before something is done about one finding or pod. */
export interface RailContext {
  readonly finding: RailSubject;
  /** All findings of the workload: what fails beside the one that is judged. */
  readonly findings: readonly Finding[];
  readonly snapshot: WorkloadSnapshot;
  /** The episode that the finding belongs to; undefined when it opens one. */
  readonly incident: Incident | undefined;
  readonly policy: EffectivePolicy;
  readonly now: number;
}

/** The same where it is about a fault. */
export interface FindingContext extends RailContext {
  readonly finding: Finding;
}
