import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Announce } from './announce.ts';
import { afterAct } from './decide/act.ts';
import { decide } from './decide/decide.ts';
import { withLog, withMinuteBefore, withRehearsal } from './decide/evidence.ts';
import { afterRestore } from './decide/surge.ts';
import type { ActContext } from './execute/context.ts';
import { execute, rehearse } from './execute/execute.ts';
import type { IncidentRecorder } from './execute/record.ts';
import type { Cluster } from './input/cluster.ts';
import type { AgentCommands } from './model/agent-commands.ts';
import type { Actions, Decision, DecisionTarget } from './model/decision.ts';
import type { Detector, Finding } from './model/finding.ts';
import type { Limits } from './model/limits.ts';
import type { Handler } from './model/plan.ts';
import type { WorkloadSnapshot } from './model/snapshot.ts';
import { stillFailing } from './still-failing.ts';

export interface LoopOptions {
  readonly cluster: Pick<Cluster, 'snapshotOf' | 'incidentWritten' | 'reserve'>;
  readonly transport: KubeTransport;
  readonly agents: AgentCommands;
  readonly recorder: IncidentRecorder;
  readonly announce: Announce;
  readonly detectors: readonly Detector[];
  readonly handlers: readonly Handler[];
  readonly limits: Limits;
  readonly release: ActContext['release'];
  /** The reign of this process while it surely leads; undefined otherwise, and then nothing is decided. */
  readonly epoch: () => number | undefined;
  /** Last lines of a container that ended; never rejects. */
  readonly readLog: (finding: Finding, signal: AbortSignal) => Promise<readonly string[]>;
  /** What the flight recorder of the pod's agent had when it happened, in lines for people. */
  readonly minuteBefore: (finding: Finding) => readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Looks at the workload again after this long. */
  readonly again: (workloadUid: string, milliseconds: number) => void;
}

/** After a lost write the watch brings the winner's; asking sooner would lose again. */
const conflictMilliseconds = 250;

/** How long an act waits for the last log lines, which come in some 30 ms; later ones are still recorded. */
const logHeadStartMilliseconds = 200;

/** What all writes of one look share. */
interface Look {
  readonly snapshot: WorkloadSnapshot;
  readonly routes: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** Looks at one workload: gather, detect, decide, record, act, record, tell. */
export interface Loop {
  look(workloadUid: string, signal: AbortSignal): Promise<void>;
}

export function makeLoop(options: LoopOptions): Loop {
  const { cluster, recorder, announce, clock, log, metrics, again } = options;

  /** Stores a status; undefined when someone else wrote first, and then nothing may follow from the old view. */
  const store = async (
    { snapshot: { namespace, workload }, routes, signal }: Look,
    target: DecisionTarget,
    status: IncidentStatus,
  ): Promise<Incident | undefined> => {
    const written = await recorder.record(namespace, target, status, signal);
    if ('recorded' in written) {
      cluster.incidentWritten(written.recorded);
      const before = 'update' in target ? target.update.status : undefined;
      announce({ incident: written.recorded, before, after: status, routes }, clock.now());
      return written.recorded;
    }
    if (written.conflict) cluster.incidentWritten(written.conflict);
    log.debug(
      { namespace, target: 'create' in target ? target.create : target.update.metadata.name },
      'incident changed under us',
    );
    again(workload.uid, conflictMilliseconds);
    return undefined;
  };

  const contextOf = (
    { snapshot, signal }: Look,
    incident: { readonly name: string; readonly uid: string },
    intendedAt: number,
    finding: Finding | undefined,
  ): ActContext => ({
    transport: options.transport,
    agents: options.agents,
    clock,
    signal,
    leading: () => options.epoch() !== undefined,
    stillFailing: (pod) =>
      finding === undefined || stillFailing(options.detectors, snapshot, finding, pod, clock.now()),
    workload: snapshot.owner?.reference ?? snapshot.workload,
    release: options.release,
    incident: incident.name,
    intentId: `${incident.uid}.${intendedAt}`,
    intendedAt,
  });

  const act = async (
    look: Look,
    incident: Incident,
    actions: Actions,
    finding: Finding | undefined,
    lines: Promise<readonly string[]>,
  ): Promise<void> => {
    const intent = incident.status?.actions?.at(-1);
    if (incident.status === undefined || intent === undefined) return;
    // Once the pod is gone its log is gone too; but a slow node must not keep a workload down.
    await Promise.race([lines, clock.sleep(logHeadStartMilliseconds)]);
    const intendedAt = millisecondsOf(intent.intendedAt) ?? clock.now();
    const context = contextOf(look, incident.metadata, intendedAt, finding);
    const outcome = await execute(actions, context);
    for (const { kind } of actions)
      metrics.increment('autopilot_actions_total', { action: kind, result: outcome.result });
    const status = recalled(withLog(incident.status, await lines), finding);
    const next = (intent.step === undefined ? afterRestore : afterAct)(status, outcome, clock.now());
    await store(look, { update: incident }, next);
  };

  /** What is added to a status by asking outside before it is stored, where nothing is waiting for it. */
  const enriched = async (
    look: Look,
    { target, status, rehearsal, finding }: Decision,
    lines: Promise<readonly string[]>,
  ): Promise<IncidentStatus | undefined> => {
    if (status === undefined) return undefined;
    const name = 'create' in target ? target.create : target.update.metadata.name;
    const context = contextOf(look, { name, uid: name }, clock.now(), finding);
    const sentence = rehearsal && (await rehearse(rehearsal, context));
    return recalled(withLog(sentence === undefined ? status : withRehearsal(status, sentence), await lines), finding);
  };

  const recalled = (status: IncidentStatus, finding: Finding | undefined): IncidentStatus =>
    withMinuteBefore(status, finding === undefined ? [] : options.minuteBefore(finding));

  /** The log of a container that ended, read once for each pod of an episode, while the episode is being written. */
  const linesOf = (decision: Decision, signal: AbortSignal): Promise<readonly string[]> => {
    const { finding, status, target } = decision;
    const known = 'update' in target ? target.update.status : undefined;
    const read = known?.evidence?.log !== undefined && known.pod?.uid === finding?.pod?.uid;
    const ended = finding?.evidence.exitCode !== undefined;
    return finding && ended && status && !read ? options.readLog(finding, signal) : Promise.resolve([]);
  };

  /** Counts an intent from this moment on in every other look: while it is on its way two may not take one place. */
  const reserve = ({ namespace, workload }: WorkloadSnapshot, { actions, status }: Decision): (() => void) => {
    const at = actions && millisecondsOf(status?.actions?.at(-1)?.intendedAt);
    if (at === undefined) return () => undefined;
    return cluster.reserve({ at, namespace, workloadUid: workload.uid, helped: undefined });
  };

  /** Stores what was decided; what it gives is where the act may follow. */
  const record = async (
    look: Look,
    decision: Decision,
    lines: Promise<readonly string[]>,
  ): Promise<Incident | undefined> => {
    const { target, actions } = decision;
    const status = actions ? decision.status : await enriched(look, decision, lines);
    if (status !== undefined) return await store(look, target, status);
    return 'update' in target ? target.update : undefined;
  };

  const carryOut = async (look: Look, decision: Decision, release: () => void): Promise<void> => {
    const lines = linesOf(decision, look.signal);
    let stored: Incident | undefined;
    try {
      stored = await record(look, decision, lines);
    } finally {
      release();
    }
    if (stored && decision.actions) await act(look, stored, decision.actions, decision.finding, lines);
  };

  return {
    look: async (workloadUid, signal) => {
      const epoch = options.epoch();
      const snapshot = cluster.snapshotOf(workloadUid);
      if (epoch === undefined || snapshot === undefined || snapshot.mode === 'disabled') return;
      const now = clock.now();
      const findings = options.detectors.flatMap((detector) => detector.detect(snapshot, now));
      const { handlers, limits } = options;
      const { steps, routes, recheckAt } = decide({ snapshot, findings, handlers, limits, epoch, now });
      const reserved = steps.map((step) => ({ step, release: reserve(snapshot, step) }));
      try {
        for (const { step, release } of reserved) await carryOut({ snapshot, routes, signal }, step, release);
      } finally {
        // Those that were not come to.
        for (const { release } of reserved) release();
      }
      const ripensAt = options.detectors.map((detector) => detector.ripensAt?.(snapshot, now));
      const next = Math.min(...[recheckAt, ...ripensAt].filter((at) => at !== undefined));
      if (Number.isFinite(next)) again(workloadUid, Math.max(0, next - clock.now()));
    },
  };
}
