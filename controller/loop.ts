import type { Incident, IncidentStatus } from '#contract/incident.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Announce } from './announce.ts';
import { afterAct } from './decide/act.ts';
import { decide } from './decide/decide.ts';
import { execute } from './execute/execute.ts';
import type { IncidentRecorder } from './execute/record.ts';
import type { Cluster } from './input/cluster.ts';
import { projectPod } from './input/projections/pod.ts';
import type { Action } from './model/action.ts';
import type { Decision, DecisionTarget } from './model/decision.ts';
import type { Detector, Finding } from './model/finding.ts';
import type { Limits } from './model/limits.ts';
import type { Handler } from './model/plan.ts';
import type { WorkloadSnapshot } from './model/snapshot.ts';

export interface LoopOptions {
  readonly cluster: Pick<Cluster, 'snapshotOf' | 'incidentWritten'>;
  readonly transport: KubeTransport;
  readonly recorder: IncidentRecorder;
  readonly announce: Announce;
  readonly detectors: readonly Detector[];
  readonly handlers: readonly Handler[];
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Looks at the workload again after this long. */
  readonly again: (workloadUid: string, milliseconds: number) => void;
}

/** After a lost write the watch brings the winner's; asking sooner would lose again. */
const conflictMilliseconds = 250;

/** Looks at one workload: gather, detect, decide, record, act, record, tell. */
export interface Loop {
  look(workloadUid: string, signal: AbortSignal): Promise<void>;
}

export function makeLoop(options: LoopOptions): Loop {
  const { cluster, recorder, announce, clock, log, metrics, again } = options;

  /** Stores a status; undefined when someone else wrote first, and then nothing may follow from the old view. */
  const store = async (
    workloadUid: string,
    namespace: string,
    target: DecisionTarget,
    status: IncidentStatus,
    signal: AbortSignal,
  ): Promise<Incident | undefined> => {
    const written = await recorder.record(namespace, target, status, signal);
    if ('recorded' in written) {
      cluster.incidentWritten(written.recorded);
      announce(written.recorded, 'update' in target ? target.update.status : undefined, status, clock.now());
      return written.recorded;
    }
    if (written.conflict) cluster.incidentWritten(written.conflict);
    log.debug(
      { namespace, target: 'create' in target ? target.create : target.update.metadata.name },
      'incident changed under us',
    );
    again(workloadUid, conflictMilliseconds);
    return undefined;
  };

  const act = async (
    snapshot: WorkloadSnapshot,
    incident: Incident,
    action: Action,
    finding: Finding,
    signal: AbortSignal,
  ): Promise<void> => {
    if (incident.status === undefined) return;
    const outcome = await execute(action, {
      transport: options.transport,
      clock,
      signal,
      stillFailing: (pod) => detectsAgain(options.detectors, snapshot, finding, pod, clock.now()),
    });
    metrics.increment('autopilot_actions_total', { action: action.kind, result: outcome.result });
    const next = afterAct(incident.status, outcome, clock.now());
    await store(snapshot.workload.uid, snapshot.namespace, { update: incident }, next, signal);
  };

  const carryOut = async (snapshot: WorkloadSnapshot, decision: Decision, signal: AbortSignal): Promise<void> => {
    const { target, status, action, finding } = decision;
    const stored =
      status === undefined
        ? 'update' in target
          ? target.update
          : undefined
        : await store(snapshot.workload.uid, snapshot.namespace, target, status, signal);
    if (stored && action && finding) await act(snapshot, stored, action, finding, signal);
  };

  return {
    look: async (workloadUid, signal) => {
      const snapshot = cluster.snapshotOf(workloadUid);
      if (snapshot === undefined || snapshot.mode === 'disabled') return;
      const now = clock.now();
      const findings = options.detectors.flatMap((detector) => detector.detect(snapshot, now));
      const { handlers, limits } = options;
      const { steps, recheckAt } = decide({ snapshot, findings, handlers, limits, now });
      for (const step of steps) await carryOut(snapshot, step, signal);
      const ripensAt = options.detectors.map((detector) => detector.ripensAt?.(snapshot, now));
      const next = Math.min(...[recheckAt, ...ripensAt].filter((at) => at !== undefined));
      if (Number.isFinite(next)) again(workloadUid, Math.max(0, next - clock.now()));
    },
  };
}

/** Whether the pod as just read still shows the fault: the cache may be a moment behind. */
function detectsAgain(
  detectors: readonly Detector[],
  snapshot: WorkloadSnapshot,
  finding: Finding,
  live: KubeObject,
  now: number,
): boolean {
  const known = snapshot.pods.find(({ uid }) => uid === finding.pod.uid);
  const pod = projectPod(live, known, now);
  // It was judged as a pod that serves nothing; now that it serves, it may be the last one that does.
  if (pod.ready && !finding.pod.ready) return false;
  const pods = snapshot.pods.map((one) => (one.uid === pod.uid ? pod : one));
  return detectors
    .filter(({ name }) => name === finding.detector)
    .some((detector) => detector.detect({ ...snapshot, pods }, now).some((found) => found.pod.uid === pod.uid));
}
