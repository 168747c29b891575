import type { Action } from '../model/action.ts';
import type { Refusal } from '../model/plan.ts';
import type { BreakerRefusal } from './breaker-refusal.ts';
import type { RailContext } from './context.ts';
import { driftRail, revertedRail, standDownRail } from './drift.ts';
import { evictionBackoffRail } from './eviction-backoff.ts';
import { pastActions, pendingAction } from './history.ts';
import { selects } from '../model/label-selector.ts';
import { statefulSetOrderRail } from './statefulset-order.ts';
import { workloadBreakerRail } from './workload-breaker.ts';

type Rail = (context: RailContext) => Refusal | BreakerRefusal | undefined;

/** A second restart in place within this time would meet the kubelet's backoff: 10 s, 20 s, 40 s … */
const inPlaceMilliseconds = 600_000;

const noController: Rail = ({ finding: { pod } }) =>
  pod !== undefined && pod.controller === undefined
    ? { skip: 'no-controller', message: `Nothing owns pod ${pod.name}, so nothing would bring it back.` }
    : undefined;

const localData: Rail = ({ finding: { pod }, policy }) => {
  const volumes = pod?.localData ?? [];
  if (volumes.length === 0 || policy.localDataDisposable) return undefined;
  return {
    skip: 'local-data',
    message: `An eviction would lose the content of ${volumes.join(', ')} in pod ${pod?.name ?? ''}.`,
  };
};

const lastReadyReplica: Rail = ({ finding: { pod }, snapshot }) => {
  if (pod?.ready !== true) return undefined;
  const others = snapshot.pods.filter((one) => one.ready && !one.terminating && one.uid !== pod.uid);
  if (others.length > 0) return undefined;
  return { skip: 'last-ready-replica', message: `Pod ${pod.name} still serves and is the only one that does.` };
};

const twoBudgets: Rail = ({ finding: { pod }, snapshot }) => {
  if (pod === undefined) return undefined;
  const budgets = snapshot.disruptionBudgets.filter(({ selector }) => selects(selector, pod.labels));
  if (budgets.length < 2) return undefined;
  const names = budgets.map(({ name }) => name).join(' and ');
  return {
    skip: 'two-budgets',
    message: `The PodDisruptionBudgets ${names} both select pod ${pod.name}; the API server refuses every eviction of such a pod.`,
  };
};

const restartedLately: Rail = ({ finding: { pod, container }, snapshot, incident, now }) => {
  const last = pastActions(snapshot.incidents, now, pendingAction(incident)).findLast(
    ({ action: { kinds, target } }) =>
      kinds.includes('restart-container') && target.uid === pod?.uid && target.container === container,
  );
  const byItself = (snapshot.agents.get(pod?.uid ?? '')?.reflexes ?? []).findLast(
    (reflex) => reflex.container === container && reflex.result === 'done',
  );
  const at = Math.max(last?.at ?? 0, byItself?.at ?? 0);
  if (now - at >= inPlaceMilliseconds) return undefined;
  return {
    skip: 'container-restarted-recently',
    message: `Container ${container ?? ''} was already restarted in place within the last 10 min.`,
    until: at + inPlaceMilliseconds,
  };
};

/** A set or a daemon with one replica has none left while its rollout replaces it. */
const loneRollout: Rail = ({ finding: { pod }, snapshot: { owner, workload, pods } }) => {
  const serves = pod?.ready === true || pods.some(({ ready, terminating }) => ready && !terminating);
  if (workload.kind === 'Deployment' || owner?.replicas !== 1 || !serves) return undefined;
  return {
    skip: 'last-ready-replica',
    message: `${workload.kind} ${workload.name} has one replica, and it still serves.`,
  };
};

const scaledByOther: Rail = ({ snapshot: { autoscaler, workload } }) =>
  autoscaler === undefined
    ? undefined
    : {
        skip: 'autoscaler-owned',
        message: `Autoscaler ${autoscaler.name} sets the replicas of ${workload.kind} ${workload.name}.`,
      };

const drift: readonly Rail[] = [driftRail, standDownRail, revertedRail];

/** The rails of one action, in the order of what a person should hear first. */
function railsOf(action: Action): readonly Rail[] {
  switch (action.kind) {
    case 'evict-pod':
      return [
        noController,
        localData,
        workloadBreakerRail,
        lastReadyReplica,
        statefulSetOrderRail,
        twoBudgets,
        evictionBackoffRail,
      ];
    case 'restart-container':
      return [workloadBreakerRail, restartedLately, lastReadyReplica];
    case 'clear-cache':
      return [workloadBreakerRail];
    case 'restart-rollout':
      return [...drift, loneRollout];
    case 'scale-replicas':
      return action.target.kind === 'HorizontalPodAutoscaler' ? drift : [scaledByOther, ...drift];
  }
}

/** Why one of the actions must not be done, or undefined when nothing is against any of them. */
export function refusalOf(actions: readonly Action[], context: RailContext): Refusal | BreakerRefusal | undefined {
  for (const action of actions) {
    for (const rail of railsOf(action)) {
      const refusal = rail(context);
      if (refusal) return refusal;
    }
  }
  return undefined;
}
