import { incidentPhases, watchedResources } from '#contract/vocabulary.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { WorkQueue } from '#runtime/kubernetes/work-queue.ts';
import type { Cluster } from './input/cluster.ts';
import type { ReportStore } from './input/report-store.ts';

export interface GaugeSources {
  readonly metrics: Metrics;
  readonly cluster: Cluster;
  readonly reports: ReportStore;
  readonly queue: WorkQueue;
  readonly leads: () => boolean;
}

/** Shows what is there now. */
export function showGauges({ metrics, cluster, reports, queue, leads }: GaugeSources, now: number): void {
  const phases = new Map(incidentPhases.map((phase) => [phase, 0]));
  for (const { status } of cluster.incidents()) {
    if (status) phases.set(status.phase, (phases.get(status.phase) ?? 0) + 1);
  }
  for (const [phase, count] of phases) metrics.set('autopilot_incidents', { phase }, count);
  for (const resource of watchedResources) {
    metrics.set('autopilot_watch_age_seconds', { resource }, cluster.watchAgeSeconds(resource));
  }
  metrics.set('autopilot_queue_depth', {}, queue.depth());
  metrics.set('autopilot_quarantined_workloads', {}, queue.quarantined());
  const silent = reports.silentCount(now);
  metrics.set('autopilot_agents_reporting', {}, reports.podCount - silent);
  metrics.set('autopilot_agents_silent', {}, silent);
  metrics.set('autopilot_leader', {}, leads() ? 1 : 0);
  metrics.set('autopilot_paused', {}, cluster.releasePaused() ? 1 : 0);
  metrics.set('autopilot_events_dropped', {}, cluster.eventsDropped());
}
