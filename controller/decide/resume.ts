import type { Incident, IncidentAction, IncidentStatus } from '#contract/incident.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { afterAct } from './act.ts';
import { evaluate, type ActVerdict } from './evaluate.ts';
import { pendingAction } from './history.ts';
import type { ContextualFinding, Fault } from './join.ts';
import { wasApproved } from './permit.ts';
import { withAction } from './status.ts';
import { railContext, write, type Step, type StepContext } from './step-context.ts';

/** What the cluster itself shows of an act whose result was never written: the process may have ended in between. */
type Trace = 'happened' | 'open' | 'unknown';

/**
 * Goes on with an intent whose result is not known. Where the cluster shows that it happened that is written down; where it may still
 * be open it is judged anew, and taken over under this leader's epoch before it is carried out. `undefined`
 * says that there is no such intent.
 */
export function resume(
  context: StepContext,
  incident: Incident,
  status: IncidentStatus,
  fault: Fault | undefined,
): Step | undefined {
  const intent = pendingAction(incident);
  if (intent === undefined) return undefined;
  const { snapshot, now, epoch } = context;
  const finding = findingOf(fault, intent);
  const trace = traceOf(intent, status, snapshot);
  // In place nothing of it is to be seen; a fault that is gone is as good a sign as there is.
  if (trace === 'happened' || (trace === 'unknown' && finding === undefined)) {
    const sentAt = millisecondsOf(intent.intendedAt) ?? now;
    return write(incident, afterAct(status, { result: 'done', sentAt }, now));
  }
  if (finding === undefined) {
    return refuse(incident, status, 'pod-changed', `${intent.target.name} recovered before anything was done.`, now);
  }
  if (snapshot.mode !== 'enabled' || context.policy.mode === 'Observe') {
    return refuse(incident, status, 'paused', 'Acting was switched off before anything was done.', now);
  }
  const verdict = evaluate(railContext(context, finding, incident), context.handlers);
  if (verdict.verdict !== 'act' || !isIntended(verdict, intent, status)) {
    const message = verdict.verdict === 'act' ? 'Something else is to be done by now.' : verdict.message;
    const reason = verdict.verdict === 'hold' && verdict.reason === 'paused' ? 'paused' : 'target-changed';
    return refuse(incident, status, reason, `Not carried out: ${message}`, now);
  }
  if (context.policy.mode === 'Approve' && !wasApproved(verdict, incident)) {
    return refuse(incident, status, 'paused', 'Not carried out: a person has to approve it by now.', now);
  }
  const taken = intent.epoch === epoch ? undefined : withAction(status, { ...intent, epoch }, true);
  return {
    decision: { target: { update: incident }, status: taken, actions: verdict.actions, rehearsal: undefined, finding },
  };
}

function traceOf(
  { kinds, target, intendedAt }: IncidentAction,
  status: IncidentStatus,
  snapshot: WorkloadSnapshot,
): Trace {
  switch (kinds.at(-1)) {
    case 'evict-pod': {
      const pod = snapshot.pods.find(({ uid }) => uid === target.uid);
      return pod === undefined || pod.terminating ? 'happened' : 'open';
    }
    case 'restart-rollout': {
      const restartedAt = millisecondsOf(snapshot.owner?.restartedAt) ?? 0;
      return restartedAt >= (millisecondsOf(intendedAt) ?? 0) - 1000 ? 'happened' : 'open';
    }
    case 'scale-replicas': {
      const { owner, autoscaler } = snapshot;
      const current = target.kind === 'HorizontalPodAutoscaler' ? autoscaler?.minReplicas : owner?.replicas;
      return current === status.surge?.to ? 'happened' : 'open';
    }
    case 'restart-container':
    case 'clear-cache':
    case undefined:
      return 'unknown';
  }
}

/** Whether what is to be done now is what the intent says, so that its trace and its way back stay true. */
function isIntended({ handler, actions }: ActVerdict, intent: IncidentAction, { surge }: IncidentStatus): boolean {
  const sameKinds =
    actions.length === intent.kinds.length && actions.every(({ kind }, at) => kind === intent.kinds[at]);
  const sameNumbers = actions.every(
    (action) => action.kind !== 'scale-replicas' || (action.from === surge?.from && action.to === surge.to),
  );
  return handler === intent.handler && sameKinds && sameNumbers;
}

function findingOf(fault: Fault | undefined, { target }: IncidentAction): ContextualFinding | undefined {
  if (target.kind !== 'Pod') return fault?.findings[0];
  return fault?.findings.find(({ pod }) => pod?.uid === target.uid);
}

function refuse(
  incident: Incident,
  status: IncidentStatus,
  reason: 'pod-changed' | 'paused' | 'target-changed',
  message: string,
  now: number,
): Step {
  return write(incident, afterAct(status, { result: 'refused', reason, message }, now));
}
