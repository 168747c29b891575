import type { Incident } from '#contract/incident.ts';
import type { Finding } from '../model/finding.ts';
import type { Limits } from '../model/limits.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';

/** What each rail looks at before one finding is acted upon. */
export interface RailContext {
  readonly finding: Finding;
  readonly snapshot: WorkloadSnapshot;
  /** The episode that the finding belongs to; undefined when it opens one. */
  readonly incident: Incident | undefined;
  readonly limits: Limits;
  readonly now: number;
}
