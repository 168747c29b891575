import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import type { Fault } from './join.ts';
import { judge } from './judge.ts';
import { resume } from './resume.ts';
import { requiredHealthySeconds, resolved, settledSince } from './settle.ts';
import { judgedAction, transition } from './status.ts';
import { write, type Step, type StepContext } from './step-context.ts';
import { verify } from './verify.ts';

/** The next step of an open incident, by its phase. `fault` is undefined when its fault is not seen any more. */
export function stepOpen(
  context: StepContext,
  incident: Incident,
  status: IncidentStatus,
  fault: Fault | undefined,
): Step {
  switch (status.phase) {
    case 'Acting':
      return resume(context, incident, status, fault) ?? verifying(context, incident, status, fault);
    case 'Verifying':
      return verifying(context, incident, status, fault);
    case 'Detected':
    case 'Deciding':
    case 'AwaitingApproval':
    case 'Held':
    case 'Ineffective':
      return fault ? again(context, incident, status, fault) : settling(context, incident, status);
    case 'Escalated':
      return fault ? {} : settling(context, incident, status);
    case 'Resolved':
      return {};
  }
}

function again(context: StepContext, incident: Incident, status: IncidentStatus, fault: Fault): Step {
  const same = fault.findings.find(({ pod }) => pod?.uid === status.pod?.uid);
  return judge(context, { update: incident }, status, fault, same);
}

/** Nothing is wrong any more: wait until it has been so for long enough. */
function settling(context: StepContext, incident: Incident, status: IncidentStatus): Step {
  const { snapshot, policy, now } = context;
  const since = settledSince(incident, snapshot);
  if (since !== undefined) {
    const seconds = requiredHealthySeconds(incident, snapshot.incidents, policy.limits, now);
    const until = since + seconds * 1000;
    if (now < until) return { recheckAt: until };
    return write(incident, resolved(status, seconds, since, undefined, now));
  }
  if (status.phase !== 'Ineffective') return {};
  const deadline = (millisecondsOf(status.times.actedAt) ?? now) + 2 * policy.limits.verifyTimeoutSeconds * 1000;
  return now < deadline ? { recheckAt: deadline } : write(incident, unhealthyReplacement(status, now));
}

function verifying(context: StepContext, incident: Incident, status: IncidentStatus, fault: Fault | undefined): Step {
  const { snapshot, findings, policy, now } = context;
  const { limits } = policy;
  const verification = verify(incident, status, snapshot, findings, limits, now);
  switch (verification.state) {
    case 'waiting':
      return { recheckAt: verification.until };
    case 'healthy': {
      const { since, replacement, watched } = verification;
      const left = fault && elsewhere(fault, watched);
      if (left === undefined) {
        return write(incident, resolved(status, limits.verifyHealthySeconds, since, replacement, now));
      }
      return again(context, incident, named(judgedAction(status, true), replacement), left);
    }
    case 'ineffective': {
      const { finding, replacement } = verification;
      const failed = named(judgedAction(status, false), replacement);
      const message = `${replacement?.name ?? 'The workload'} fails too. ${finding.message}`;
      if (fault) {
        return again(context, incident, transition(failed, { phase: 'Ineffective', message }, now), fault);
      }
      const reason = 'replacement-unhealthy';
      return write(incident, transition(failed, { phase: 'Ineffective', reason, message }, now));
    }
    case 'timed-out': {
      // Scaled down in between, the workload may need no replacement to be whole.
      const since = fault ? undefined : settledSince(incident, snapshot);
      if (since !== undefined && now - since >= limits.verifyHealthySeconds * 1000) {
        return write(incident, resolved(status, limits.verifyHealthySeconds, since, undefined, now));
      }
      const message = `It was not healthy within ${limits.verifyTimeoutSeconds} s.`;
      const ineffective = transition(judgedAction(status, false), { phase: 'Ineffective', message }, now);
      return fault
        ? again(context, incident, ineffective, fault)
        : write(incident, unhealthyReplacement(ineffective, now));
    }
  }
}

/** A container that was healed where it is still shows its exits of the last minute, which are no reason to act once more. */
function elsewhere(fault: Fault, healthyPods: ReadonlySet<string>): Fault | undefined {
  const [first, ...others] = fault.findings.filter(({ pod }) => pod === undefined || !healthyPods.has(pod.uid));
  return first && { ...fault, findings: [first, ...others] };
}

function named(status: IncidentStatus, replacement: PodSnapshot | undefined): IncidentStatus {
  if (replacement === undefined || replacement.uid === status.pod?.uid) return status;
  return { ...status, replacement: { name: replacement.name, uid: replacement.uid } };
}

function unhealthyReplacement(status: IncidentStatus, now: number): IncidentStatus {
  const message = 'The workload is not healthy and shows no fault that can be acted on; a person is needed.';
  return transition(status, { phase: 'Escalated', reason: 'replacement-unhealthy', message }, now);
}
