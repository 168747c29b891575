import type { IncidentEvidence } from '#contract/incident.ts';
import type { FailureClass } from '#contract/vocabulary.ts';
import type { PodSnapshot, WorkloadSnapshot } from './snapshot.ts';

/** One failing pod, as one detector sees it. */
export interface Finding {
  readonly detector: string;
  readonly failureClass: FailureClass;
  readonly pod: PodSnapshot;
  /** The exit, or the end of the last good answer, that met the threshold; milliseconds since the epoch. */
  readonly faultAt: number;
  /** When the evidence was last confirmed by whoever saw it. */
  readonly evidenceAt: number;
  /** When the finding lapses if nothing new is seen. */
  readonly expiresAt?: number;
  readonly evidence: IncidentEvidence;
  /** A sentence for people. */
  readonly message: string;
}

/** Looks for one failure class. Pure: the same snapshot and time give the same findings. */
export interface Detector {
  readonly name: string;
  readonly failureClass: FailureClass;
  detect(snapshot: WorkloadSnapshot, now: number): readonly Finding[];
  /** When time alone, without any event, may make a finding of what is there now; milliseconds since the epoch. */
  ripensAt?(snapshot: WorkloadSnapshot, now: number): number | undefined;
}
