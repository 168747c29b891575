import type { Incident, IncidentAction, IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { FindingContext } from '../../controller/decide/context.ts';
import { decide, type DecideInput } from '../../controller/decide/decide.ts';
import { effectivePolicy } from '../../controller/decide/policy.ts';
import { handlers } from '../../controller/handlers/index.ts';
import type { Actions, Decision, Decisions } from '../../controller/model/decision.ts';
import type { Finding } from '../../controller/model/finding.ts';
import type { LadderStep, PolicySnapshot } from '../../controller/model/policy.ts';
import type { NamedAction, WorkloadSnapshot } from '../../controller/model/snapshot.ts';
import { actedIncident, failingPod, finding, limits, noon, quietCluster, snapshot } from './snapshots.ts';

/** So many seconds after {@link noon}. */
export function at(seconds: number): number {
  return noon + seconds * 1000;
}

/** A policy of the namespace that selects everything, acts, and says nothing else. */
export function policy(more: Partial<PolicySnapshot> = {}): PolicySnapshot {
  return {
    scope: 'namespace',
    namespace: 'shop',
    name: 'ours',
    uid: 'policy-uid',
    generation: 1,
    createdAt: noon - 86_400_000,
    selector: {},
    mode: 'Act',
    ladders: new Map(),
    windows: [],
    driftAllowed: false,
    localDataDisposable: false,
    recreate: 'Never',
    problems: [],
    ...more,
  };
}

/** A policy whose ladder for crash loops is the steps that are given. */
export function ladder(steps: readonly LadderStep[], more: Partial<PolicySnapshot> = {}): PolicySnapshot {
  return policy({ ladders: new Map([['CrashLoopBackOff', steps]]), ...more });
}

export function step(handler: LadderStep['handler'], more: Partial<LadderStep> = {}): LadderStep {
  return { handler, settings: {}, maxAttempts: 3, waitSeconds: 0, ...more };
}

/** One look by the leader of epoch 1, and what came of it. */
export interface Look extends Decisions {
  /** The one that holds an action. */
  readonly acting: Decision | undefined;
  readonly actions: Actions | undefined;
  /** Of the first step. */
  readonly status: IncidentStatus | undefined;
}

/** Decides about {@link failingPod} that crash-loops, changed as a test says. */
export function look(
  world: Partial<WorkloadSnapshot> = {},
  findings: readonly Finding[] = [finding()],
  more: Partial<DecideInput> = {},
): Look {
  const seen = snapshot({ pods: [failingPod()], ...world });
  const decisions = decide({ snapshot: seen, findings, handlers, limits, epoch: 1, now: noon, ...more });
  const acting = decisions.steps.find(({ actions }) => actions);
  return { ...decisions, acting, actions: acting?.actions, status: decisions.steps[0]?.status };
}

/** What one finding is judged by, with the policy that its snapshot's policies make. */
export function railContext(more: Partial<FindingContext> = {}): FindingContext {
  const seen = more.snapshot ?? snapshot({ pods: [failingPod()] });
  const found = more.finding ?? finding();
  return {
    finding: found,
    findings: [found],
    snapshot: seen,
    incident: undefined,
    policy: effectivePolicy(seen, limits),
    now: noon,
    ...more,
  };
}

/** An eviction of {@link failingPod} that was intended at noon and whose result nobody knows. */
export function intent(more: Partial<IncidentAction> = {}): IncidentAction {
  return {
    kinds: ['evict-pod'],
    handler: 'restart-pod',
    step: 0,
    target: { kind: 'Pod', name: 'web-abc-1', uid: 'pod-1' },
    epoch: 1,
    intendedAt: microTime(noon),
    ...more,
  };
}

/** An episode that ended well after one eviction, so many seconds before noon. */
export function past(secondsAgo: number, uid: string, status: Partial<IncidentStatus> = {}): Incident {
  const acted = actedIncident(at(-secondsAgo), { phase: 'Resolved', ...status }, uid);
  return { ...acted, metadata: { ...acted.metadata, name: uid } };
}

/** Actions of other workloads, so many seconds before noon; the oldest first. */
export function othersActed(secondsAgo: readonly number[], namespace = 'shop'): readonly NamedAction[] {
  return secondsAgo
    .toSorted((one, other) => other - one)
    .map((seconds, index) => ({ at: at(-seconds), namespace, workloadUid: `other-${index}`, helped: true }));
}

/** A cluster in which so many other workloads of a namespace failed, one after the other up to a second ago. */
export function othersFailing(count: number, namespace = 'shop', secondsAgo = 1): WorkloadSnapshot['cluster'] {
  const detections = Array.from({ length: count }, (_none, index) => ({
    at: at(-secondsAgo),
    namespace,
    workloadUid: `other-${index}`,
    incidentUid: `incident-${index}`,
  }));
  return { ...quietCluster, detections };
}
