import type { Incident, IncidentStatus } from '#contract/incident.ts';
import type { FailureClass } from '#contract/vocabulary.ts';
import { afterAct } from '../../controller/decide/act.ts';
import { decide } from '../../controller/decide/decide.ts';
import { afterRestore } from '../../controller/decide/surge.ts';
import { handlers } from '../../controller/handlers/index.ts';
import { makeRecentActivity, type RecentActivity } from '../../controller/input/recent-activity.ts';
import type { Action } from '../../controller/model/action.ts';
import type { Decision } from '../../controller/model/decision.ts';
import type { Limits } from '../../controller/model/limits.ts';
import type { Outcome } from '../../controller/model/outcome.ts';
import type { PolicySnapshot } from '../../controller/model/policy.ts';
import type { WorkloadSnapshot } from '../../controller/model/snapshot.ts';
import {
  acted,
  failed,
  findingsOf,
  freshWorkload,
  recovered,
  referenceOf,
  rolledOut,
  type Workload,
} from './simulated-workload.ts';
import { limits, noon, quietCluster, snapshot } from './snapshots.ts';

/** What happens next. Workloads are named by their index. */
export type Happening =
  | { readonly what: 'fail'; readonly workload: number; readonly pods: number; readonly failureClass: FailureClass }
  | { readonly what: 'recover'; readonly workload: number }
  | { readonly what: 'roll-out'; readonly workload: number }
  | { readonly what: 'pause'; readonly by: WorkloadSnapshot['pausedBy'] }
  | { readonly what: 'mode'; readonly mode: WorkloadSnapshot['mode'] }
  | { readonly what: 'policy'; readonly mode: PolicySnapshot['mode'] | undefined }
  /** The controller starts anew with nothing but the incidents. */
  | { readonly what: 'restart' }
  /** Nothing is heard of pods any more, or again. */
  | { readonly what: 'silence'; readonly on: boolean }
  | { readonly what: 'wait'; readonly seconds: number };

/** How acts end, in turn. */
export type Fate =
  | 'cured'
  | 'useless'
  | 'refused'
  | 'failed'
  /** The process ends after the intent was written and before it was acted upon. */
  | 'crash-before'
  /** It ends after the act and before its outcome was written. */
  | 'crash-after';

/** An act that was sent, with what held at that moment. */
export interface Sent {
  readonly at: number;
  /** What it counts from: an act whose outcome was lost is dated by its intent. */
  readonly countsFrom: number;
  readonly workload: number;
  readonly templateHash: string;
  readonly failureClass: FailureClass;
  readonly action: Action;
  readonly handler: string;
  readonly intendedAt: string;
  readonly mode: WorkloadSnapshot['mode'];
  readonly policyMode: PolicySnapshot['mode'] | undefined;
  readonly pausedBy: WorkloadSnapshot['pausedBy'];
  readonly evidenceAt: number;
  readonly carriedOut: boolean;
}

/** A status that was stored. */
export interface Stored {
  readonly at: number;
  readonly status: IncidentStatus;
  readonly acting: boolean;
}

export interface History {
  readonly sent: readonly Sent[];
  readonly stored: readonly Stored[];
  /** Most actions that one look at one workload held. */
  readonly mostAtOnce: number;
}

const stepMilliseconds = 1_000;
const lookEverySeconds = 11;

export interface SimulationOptions {
  readonly workloads: number;
  readonly limits?: Limits;
  readonly policy?: (mode: PolicySnapshot['mode']) => PolicySnapshot;
  /** Seconds after the last happening that go on being looked at. */
  readonly afterSeconds?: number;
}

/** Plays what happens in one namespace against the engine, as the loop would carry its decisions out. Pure. */
export function simulate(
  happenings: readonly Happening[],
  fates: readonly Fate[],
  options: SimulationOptions,
): History {
  const operator = options.limits ?? limits;
  const workloads = Array.from({ length: options.workloads }, (_none, index) => freshWorkload(index));
  const incidents = new Map<string, Incident>();
  const sent: Sent[] = [];
  const stored: Stored[] = [];
  let activity: RecentActivity = makeRecentActivity();
  let now = noon;
  let epoch = 1;
  let version = 0;
  let fated = 0;
  let mostAtOnce = 0;
  let mode: WorkloadSnapshot['mode'] = 'enabled';
  let pausedBy: WorkloadSnapshot['pausedBy'];
  let policyMode: PolicySnapshot['mode'] | undefined;
  let silentSince: number | undefined;

  /** A new process: what it knows is what the API server holds, as JSON. */
  const restarted = (): false => {
    epoch += 1;
    activity = makeRecentActivity();
    for (const [name, incident] of incidents) {
      const read = JSON.parse(JSON.stringify(incident)) as Incident;
      incidents.set(name, read);
      activity.incidentChanged(undefined, read, now);
    }
    return false;
  };

  const store = ({ target }: Pick<Decision, 'target'>, status: IncidentStatus, acting: boolean): Incident => {
    const name = 'create' in target ? target.create : target.update.metadata.name;
    const known = incidents.get(name);
    version += 1;
    const spec = 'create' in target ? target.spec : target.update.spec;
    const metadata = { name, namespace: 'shop', uid: `${name}-uid`, resourceVersion: `${version}` };
    const incident: Incident = { metadata, spec, status };
    incidents.set(name, incident);
    activity.incidentChanged(known, incident, now);
    stored.push({ at: now, status, acting });
    return incident;
  };

  const snapshotOf = (one: Workload): WorkloadSnapshot => ({
    ...snapshot(),
    workload: referenceOf(one.index),
    mode,
    pausedBy,
    pods: one.pods,
    owner: undefined,
    policies: policyMode === undefined || options.policy === undefined ? [] : [options.policy(policyMode)],
    incidents: [...incidents.values()].filter(({ spec }) => spec.workload.uid === referenceOf(one.index).uid),
    cluster: { ...quietCluster, ...activity.at(now), namespaceWorkloads: Math.max(10, options.workloads) },
    contactAt: now,
  });

  const nextFate = (): Fate => {
    const fate = fates[fated % Math.max(1, fates.length)] ?? 'cured';
    fated += 1;
    return fate;
  };

  /** Whether the process is still there. */
  const carryOut = (decision: Decision, one: Workload): boolean => {
    const { actions, status } = decision;
    const before = 'update' in decision.target ? decision.target.update : undefined;
    const written = status ? store(decision, status, actions !== undefined) : before;
    const intent = written?.status?.actions?.at(-1);
    if (actions === undefined || written?.status === undefined || intent === undefined) return true;
    const fate = nextFate();
    if (fate === 'crash-before') return restarted();
    const carriedOut = fate !== 'refused' && fate !== 'failed';
    const { templateHash, failureClass } = written.spec;
    const countsFrom = fate === 'crash-after' ? Date.parse(intent.intendedAt) : now;
    for (const action of actions) {
      const where = { at: now, workload: one.index, templateHash, failureClass, mode, policyMode, pausedBy };
      const how = { handler: intent.handler, intendedAt: intent.intendedAt, carriedOut };
      sent.push({ ...where, ...how, action, countsFrom, evidenceAt: decision.finding?.evidenceAt ?? 0 });
      if (carriedOut) workloads[one.index] = acted(workloads[one.index] ?? one, action, fate === 'cured', now);
    }
    if (fate === 'crash-after') return restarted();
    const next = (intent.step === undefined ? afterRestore : afterAct)(written.status, outcomeOf(fate, now), now);
    store({ target: { update: written } }, next, false);
    return true;
  };

  const lookAtAll = (): void => {
    for (const { index } of workloads) {
      const one = workloads[index];
      if (one === undefined) continue;
      const seen = snapshotOf(one);
      const input = {
        snapshot: seen,
        findings: findingsOf(one, silentSince ?? now),
        handlers,
        limits: operator,
        epoch,
        now,
      };
      const { steps } = decide(input);
      mostAtOnce = Math.max(mostAtOnce, steps.filter(({ actions }) => actions).length);
      if (!steps.every((decision) => carryOut(decision, one))) return;
    }
  };

  const wait = (seconds: number): void => {
    for (let passed = 0; passed < seconds; passed += 1) {
      now += stepMilliseconds;
      // Often enough to meet each limit, and seldom enough to play hours.
      if (passed < 3 || passed % lookEverySeconds === 0) lookAtAll();
    }
  };

  const happen = (happening: Happening): void => {
    const index = 'workload' in happening ? happening.workload % workloads.length : 0;
    const one = workloads[index];
    if (one === undefined) return;
    switch (happening.what) {
      case 'fail':
        workloads[index] = failed(one, happening.pods, happening.failureClass, now);
        break;
      case 'recover':
        workloads[index] = recovered(one, now);
        break;
      case 'roll-out':
        workloads[index] = rolledOut(one, now);
        break;
      case 'pause':
        pausedBy = happening.by;
        break;
      case 'mode':
        mode = happening.mode;
        break;
      case 'policy':
        policyMode = happening.mode;
        break;
      case 'restart':
        restarted();
        break;
      case 'silence':
        silentSince = happening.on ? (silentSince ?? now) : undefined;
        break;
      case 'wait':
        wait(happening.seconds);
        break;
    }
  };

  for (const happening of happenings) {
    happen(happening);
    lookAtAll();
  }
  wait(options.afterSeconds ?? 0);
  return { sent, stored, mostAtOnce };
}

function outcomeOf(fate: Fate, now: number): Outcome {
  switch (fate) {
    case 'refused':
      return { result: 'refused', reason: 'eviction-blocked', message: 'A disruption budget refused.' };
    case 'failed':
      return { result: 'failed', message: 'The API server forbids it.' };
    case 'cured':
    case 'useless':
    case 'crash-before':
    case 'crash-after':
      return { result: 'done', sentAt: now };
  }
}
