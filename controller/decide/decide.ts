import type { Incident } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { Decision, Decisions } from '../model/decision.ts';
import type { Finding } from '../model/finding.ts';
import { livePods } from './health.ts';
import { incidentName } from './incident-name.ts';
import { joinFindings, type Fault } from './join.ts';
import { openedStatus } from './status.ts';
import { applyVerdict, earliest, stepOpen, type Step, type StepContext } from './step.ts';

/** Fault times have a resolution of 1 s, rounded down. */
const resolutionMilliseconds = 1000;

/**
 * Decides what to do about one workload. Pure: the same snapshot, findings and time give the same decisions, and
 * deciding again on the statuses that it gave changes nothing. At most one of the steps holds an action, since
 * each action puts its owner into cool-down.
 */
export function decide(input: StepContext): Decisions {
  const { snapshot, now } = input;
  if (snapshot.mode === 'disabled') return { steps: [], recheckAt: undefined };
  const live = new Set(livePods(snapshot).map(({ uid }) => uid));
  const findings = input.findings.filter(({ pod }) => live.has(pod.uid));
  const context = { ...input, findings };
  const faults = joinFindings(findings);
  const episodes = snapshot.incidents.filter(({ status }) => status?.phase !== 'Resolved');
  const steps: Step[] = [];
  for (const incident of episodes) {
    const fault = faults.find((one) => belongs(incident, one));
    if (incident.status !== undefined) steps.push(stepOpen(context, incident, incident.status, fault));
    // Created, but its first status was never written.
    else if (fault)
      steps.push(applyVerdict(context, { update: incident }, openedStatus(fault.findings[0], now), fault.findings[0]));
  }
  for (const fault of faults) {
    if (episodes.some((incident) => belongs(incident, fault))) continue;
    const finding = fault.findings.find((one) => !spent(one, fault, snapshot.incidents));
    if (finding) steps.push(open(context, finding));
  }
  return collect(steps, now);
}

function open(context: StepContext, finding: Finding): Step {
  const { apiVersion, kind, name, uid } = context.snapshot.workload;
  const { failureClass } = finding;
  const { templateHash } = finding.pod;
  const identity = [uid, templateHash, failureClass, finding.pod.uid, finding.faultAt].join('/');
  const target = {
    create: incidentName(name, failureClass, identity),
    spec: { workload: { apiVersion, kind, name, uid }, failureClass, templateHash },
  };
  return applyVerdict(context, target, openedStatus(finding, context.now), finding);
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

/** Keeps the first action and puts the others off until it shows in the history. */
function collect(steps: readonly Step[], now: number): Decisions {
  const kept: Decision[] = [];
  const rechecks: (number | undefined)[] = [];
  let acting = false;
  for (const { decision, recheckAt } of steps) {
    rechecks.push(recheckAt);
    if (decision?.action !== undefined && acting) rechecks.push(now);
    else if (decision) kept.push(decision);
    acting ||= decision?.action !== undefined;
  }
  return { steps: kept, recheckAt: earliest(...rechecks) };
}
