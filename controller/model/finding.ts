import type { IncidentEvidence } from '#contract/incident.ts';
import type { CauseName, FailureClass } from '#contract/vocabulary.ts';
import type { PodSnapshot, WorkloadSnapshot } from './snapshot.ts';

/** Why, as far as the evidence tells. */
export interface Cause {
  readonly name: CauseName;
  /** A sentence for people, with the particulars: which Secret, which node, which exit code. */
  readonly message: string;
}

/** One fault, as one detector sees it. */
export interface Finding {
  readonly detector: string;
  readonly failureClass: FailureClass;
  /** The failing pod; undefined only where no pod exists that could be named, such as a rollout that makes none. */
  readonly pod: PodSnapshot | undefined;
  /** The template whose pods fail; empty where the owner writes no hash. */
  readonly templateHash: string;
  /** The container at fault, where one is. */
  readonly container?: string;
  /** The exit, or the end of the last good answer, that met the threshold; milliseconds since the epoch. */
  readonly faultAt: number;
  /** When the evidence was last confirmed by whoever saw it. */
  readonly evidenceAt: number;
  /** When the finding lapses if nothing new is seen. */
  readonly expiresAt?: number;
  readonly cause: Cause;
  readonly evidence: IncidentEvidence;
  /** A sentence for people. */
  readonly message: string;
}

/** Looks for one failure class. Pure: the same snapshot and time give the same findings. */
export interface Detector {
  readonly name: string;
  readonly failureClass: FailureClass;
  /** What it sees and from when on, in a sentence for the reference page. */
  readonly description: string;
  detect(snapshot: WorkloadSnapshot, now: number): readonly Finding[];
  /** When time alone, without any event, may make a finding of what is there now; milliseconds since the epoch. */
  ripensAt?(snapshot: WorkloadSnapshot, now: number): number | undefined;
}
