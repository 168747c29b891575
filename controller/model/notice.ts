import type { FailureClass, IncidentPhase, RefusalReason } from '#contract/vocabulary.ts';

/** What people are told about an episode: once when it is decided what to do, and once with the result. */
export interface Notice {
  /** Stable over the episode, so that a sink can update its first message. */
  readonly incidentUid: string;
  readonly incidentName: string;
  /**
   * `breaker`: many episodes are held for one cause, and this one speaks for all of them. `injection`: none is meant, our own
   * agent blocks pods or does so no more.
   */
  readonly kind: 'opened' | 'result' | 'breaker' | 'injection';
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly pod: string;
  readonly failureClass: FailureClass;
  readonly phase: IncidentPhase;
  readonly reason: RefusalReason | undefined;
  /** RFC 3339. */
  readonly at: string;
  /** In the order in which a message tells them. */
  readonly lines: readonly NoticeLine[];
}

export interface NoticeLine {
  readonly title: 'What' | 'Why' | 'Done' | 'Result' | 'Times' | 'Left' | 'Undo' | 'Look';
  readonly text: string;
}
