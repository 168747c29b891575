import type { Incident } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { Decision, Decisions } from '../model/decision.ts';
import type { Finding } from '../model/finding.ts';
import type { Limits } from '../model/limits.ts';
import type { Handler } from '../model/plan.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { livePods } from './health.ts';
import { incidentName } from './incident-name.ts';
import { joinFindings, type ContextualFinding, type Fault } from './join.ts';
import { judge } from './judge.ts';
import { effectivePolicy } from './policy.ts';
import { openedStatus } from './status.ts';
import { earliest, write, type Step, type StepContext } from './step-context.ts';
import { stepOpen } from './step.ts';
import { surgeStep } from './surge.ts';

/** Fault times have a resolution of 1 s, rounded down. */
const resolutionMilliseconds = 1000;

export interface DecideInput {
  readonly snapshot: WorkloadSnapshot;
  /** In the order of the detectors' list. */
  readonly findings: readonly Finding[];
  readonly handlers: readonly Handler[];
  readonly limits: Limits;
  /** Of the leader that decides. */
  readonly epoch: number;
  readonly now: number;
}

/**
 * Decides what to do about one workload. Pure: the same snapshot, findings and time give the same decisions, and
 * deciding again on the statuses that it gave changes nothing. At most one of the steps holds an action, since
 * each action puts its owner into cool-down.
 */
export function decide(input: DecideInput): Decisions {
  const { snapshot, limits, now } = input;
  if (snapshot.mode === 'disabled') return { steps: [], routes: undefined, recheckAt: undefined };
  const policy = effectivePolicy(snapshot, limits);
  const findings = policy.mode === 'Off' ? [] : input.findings.filter((finding) => isLive(finding, snapshot));
  const context: StepContext = { ...input, findings, policy };
  const faults = joinFindings(findings, snapshot, now);
  const episodes = snapshot.incidents.filter(({ status }) => status?.phase !== 'Resolved');
  const steps: Step[] = snapshot.incidents.map((incident) => surging(context, incident));
  for (const incident of episodes) {
    const fault = faults.find((one) => belongs(incident, one));
    if (incident.status !== undefined) steps.push(stepOpen(context, incident, incident.status, fault));
    // Created, but its first status was never written.
    else if (fault) steps.push(judge(context, { update: incident }, openedStatus(fault.findings[0], now), fault));
  }
  for (const fault of faults) {
    if (episodes.some((incident) => belongs(incident, fault))) continue;
    const fresh = fault.findings.filter((one) => !spent(one, fault, snapshot.incidents));
    const [first, ...others] = fresh;
    if (first) steps.push(open(context, first, { ...fault, findings: [first, ...others] }));
  }
  return { ...collect(steps, now), routes: policy.routes };
}

/** A pod on its way out, or a leftover that its owner has replaced, fails nobody, but for the ways in which just such a pod can fail. */
function isLive({ pod, failureClass }: Finding, snapshot: WorkloadSnapshot): boolean {
  if (pod === undefined) return true;
  if (pod.terminating) return failureClass === 'StuckTerminating';
  if (pod.statusReason === 'Evicted') return true;
  return livePods(snapshot).some(({ uid }) => uid === pod.uid);
}

function open(context: StepContext, finding: ContextualFinding, fault: Fault): Step {
  const { apiVersion, kind, name, uid } = context.snapshot.workload;
  const { failureClass, templateHash } = finding;
  const identity = [uid, templateHash, failureClass, finding.pod?.uid ?? '', finding.faultAt].join('/');
  const target = {
    create: incidentName(name, failureClass, identity),
    spec: { workload: { apiVersion, kind, name, uid }, failureClass, templateHash },
  };
  return judge(context, target, openedStatus(finding, context.now), fault);
}

/** Puts an expired surge back, whatever became of its episode. */
function surging({ snapshot, epoch, now }: StepContext, incident: Incident): Step {
  const surge = surgeStep(incident, snapshot, epoch, now);
  switch (surge.step) {
    case 'none':
      return {};
    case 'wait':
      return { recheckAt: surge.until };
    case 'ended':
      return write(incident, surge.status);
    case 'restore': {
      const { status, action } = surge;
      return {
        decision: { target: { update: incident }, status, actions: [action], rehearsal: undefined, finding: undefined },
      };
    }
  }
}

/** Evidence from before an episode's end is part of that episode and opens no second one. */
function spent(finding: Finding, fault: Fault, incidents: readonly Incident[]): boolean {
  return incidents.some((incident) => {
    const end = millisecondsOf(incident.status?.times.resolvedAt);
    return end !== undefined && belongs(incident, fault) && finding.faultAt + resolutionMilliseconds <= end;
  });
}

function belongs({ spec }: Incident, fault: Fault): boolean {
  return spec.templateHash === fault.templateHash && spec.failureClass === fault.findings[0].failureClass;
}

/** Keeps the first action, and of one incident the first step; the others are put off until it shows in the history. */
function collect(steps: readonly Step[], now: number): Pick<Decisions, 'steps' | 'recheckAt'> {
  const kept: Decision[] = [];
  const rechecks: (number | undefined)[] = [];
  const touched = new Set<string>();
  let acting = false;
  for (const { decision, recheckAt } of steps) {
    rechecks.push(recheckAt);
    if (decision === undefined) continue;
    const name = 'create' in decision.target ? decision.target.create : decision.target.update.metadata.name;
    if (touched.has(name) || (decision.actions !== undefined && acting)) rechecks.push(now);
    else {
      kept.push(decision);
      touched.add(name);
    }
    acting ||= decision.actions !== undefined;
  }
  return { steps: kept, recheckAt: earliest(...rechecks) };
}
