import { admissionReasons } from '#contract/admission.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { AdmissionOutcome, AdmissionRequest } from './review.ts';

/** What was decided about a pod. Of a request that was not read whole only the uid is known. */
export interface Reviewed {
  readonly request: Pick<AdmissionRequest, 'uid'> & Partial<AdmissionRequest>;
  readonly outcome: AdmissionOutcome;
}

/** A request that has its answer. */
export interface Entry {
  /** From its head to its end. */
  readonly seconds: number;
  /** Undefined where the answer was an error. */
  readonly reviewed: Reviewed | undefined;
}

/** Counts and logs what was answered, as soon as all that has arrived by now is answered too: no pod waits for another one's line. */
export interface Journal {
  add(entry: Entry): void;
}

/** What waits is bounded by the connections: a request is answered once, and all of it is written in the loop's same round. */
export function makeJournal({ log, metrics }: { readonly log: Logger; readonly metrics: Metrics }): Journal {
  let waiting: Entry[] = [];
  const writeAll = (): void => {
    const entries = waiting;
    waiting = [];
    for (const entry of entries) {
      try {
        write(entry, log, metrics);
      } catch (cause) {
        log.error({ err: cause, uid: entry.reviewed?.request.uid }, 'answer could not be counted and logged');
      }
    }
  };
  return {
    add: (entry) => {
      if (waiting.push(entry) === 1) setImmediate(writeAll);
    },
  };
}

/** A pod that was left alone gets the sentence that says why; an injected one is the usual case and needs none. */
function write({ seconds, reviewed }: Entry, log: Logger, metrics: Metrics): void {
  metrics.observe('autopilot_admission_seconds', {}, seconds);
  if (reviewed === undefined) return;
  const { request, outcome } = reviewed;
  const { reason, warnings, override } = outcome;
  metrics.increment('autopilot_admission_reviews_total', { reason });
  if (override?.name !== undefined) metrics.increment('autopilot_overrides_applied_total', {});
  for (const problem of override?.problems ?? [])
    metrics.increment('autopilot_overrides_ignored_total', { reason: problem });
  const { uid, namespace, name: pod, dryRun } = request;
  if (reason === 'injected' && warnings.length === 0 && dryRun !== true && override === undefined) {
    log.info({ uid, namespace, pod, reason }, 'pod reviewed');
    return;
  }
  const meaning = admissionReasons[reason];
  log.info({ uid, namespace, pod, dryRun, reason, meaning, warnings, override }, 'pod reviewed');
}
