import type { Incident } from '#contract/incident.ts';
import type { Finding } from '../model/finding.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import type { EffectivePolicy } from './policy.ts';

/** What each rail looks at before one finding is acted upon. */
export interface RailContext {
  readonly finding: Finding;
  /** All findings of the workload: what fails beside the one that is judged. */
  readonly findings: readonly Finding[];
  readonly snapshot: WorkloadSnapshot;
  /** The episode that the finding belongs to; undefined when it opens one. */
  readonly incident: Incident | undefined;
  readonly policy: EffectivePolicy;
  readonly now: number;
}
