import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { makeNotice, noticeKind } from './decide/notice.ts';
import type { EventRecorder } from './execute/event-recorder.ts';
import type { Notifier } from './execute/notifier.ts';
import type { Limits } from './model/limits.ts';

export interface AnnounceOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly notifier: Notifier;
  readonly clusterName: string;
  readonly limits: Limits;
}

/** A change of an incident that was stored. */
export interface Change {
  readonly incident: Incident;
  readonly before: IncidentStatus | undefined;
  readonly after: IncidentStatus;
  /** Sinks that are told; undefined means all. */
  readonly routes: readonly string[] | undefined;
}

/** Tells of a change: a log line, metrics, Kubernetes Events, and a notice where people should know. */
export type Announce = (change: Change, now: number) => void;

export function makeAnnounce(options: AnnounceOptions): Announce {
  const { log, metrics, events, notifier, clusterName, limits } = options;
  const told = new Map<string, number>();

  /** An open breaker is told once for its whole scope, and again only when it has been open for so long that it was tried. */
  const isNews = (breaker: IncidentStatus['breaker'], namespace: string, now: number): boolean => {
    const scope = breaker === 'cluster' ? '' : namespace;
    const last = told.get(scope);
    if (last !== undefined && now - last < limits.breaker.halfOpenSeconds * 1000) return false;
    told.set(scope, now);
    return true;
  };

  return ({ incident, before, after, routes }, now) => {
    const { namespace, name } = incident.metadata;
    const { failureClass, workload } = incident.spec;
    const labels = { failure_class: failureClass };
    log.info(
      {
        incident: `${namespace}/${name}`,
        workload: `${workload.kind}/${workload.name}`,
        pod: after.pod?.name,
        failureClass,
        phase: after.phase,
        reason: after.reason,
        attempts: after.attempts,
        why: after.message,
      },
      'incident moved',
    );
    if (before === undefined) {
      metrics.increment('autopilot_findings_total', labels);
      const seconds = secondsBetween(after.times.faultAt, after.times.detectedAt);
      if (seconds !== undefined) metrics.observe('autopilot_detection_seconds', labels, seconds);
    }
    if (after.reason !== undefined && after.reason !== before?.reason) {
      metrics.increment('autopilot_refusals_total', { reason: after.reason });
    }
    if (after.phase === 'Verifying' && before?.phase !== 'Verifying') {
      const seconds = secondsBetween(after.times.faultAt, after.times.actedAt);
      if (seconds !== undefined && after.attempts === 1) metrics.observe('autopilot_reaction_seconds', labels, seconds);
    }
    if (after.phase === 'Resolved' && after.attempts > 0) {
      const seconds = secondsBetween(after.times.actedAt, after.times.resolvedAt);
      if (seconds !== undefined) metrics.observe('autopilot_verification_seconds', labels, seconds);
    }
    events.record(incident, after);
    const kind = noticeKind(before, after);
    if (kind === undefined || (kind === 'breaker' && !isNews(after.breaker, namespace, now))) return;
    notifier.notify(makeNotice(incident, after, kind, clusterName, limits, now), routes);
  };
}

function secondsBetween(from: string | undefined, to: string | undefined): number | undefined {
  const start = millisecondsOf(from);
  const end = millisecondsOf(to);
  return start === undefined || end === undefined ? undefined : Math.max(0, end - start) / 1000;
}
