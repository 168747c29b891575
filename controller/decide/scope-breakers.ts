import type { Detection } from '../model/snapshot.ts';
import type { BreakerRefusal } from './breaker-refusal.ts';
import { breakerState, type BreakerScope } from './breaker.ts';
import type { RailContext } from './context.ts';
import { pendingAction } from './history.ts';
import { millisecondsOf } from '#contract/micro-time.ts';

/**
 * Many workloads that fail at once share a cause (a dependency, DNS, a node), and acting on each would add load to
 * it. The cluster's breaker is asked first, since it says more.
 */
export function scopeBreakersRail(context: RailContext): BreakerRefusal | undefined {
  const { snapshot, policy, now } = context;
  const { cluster, namespace } = snapshot;
  const { breaker } = policy.limits;
  const detections = [...cluster.detections, ...ownDetection(context)];
  // The act that is judged again after a restart is no trial of somebody else's.
  const pending = millisecondsOf(pendingAction(context.incident)?.intendedAt);
  const actions = cluster.actions.filter(
    ({ workloadUid, at }) => workloadUid !== snapshot.workload.uid || at !== pending,
  );
  const inNamespace = (one: { readonly namespace: string }): boolean => one.namespace === namespace;
  const scopes: readonly (BreakerScope & { readonly breaker: 'cluster' | 'namespace'; readonly where: string })[] = [
    {
      breaker: 'cluster',
      where: 'the cluster',
      detections,
      actions,
      workloads: cluster.clusterWorkloads,
      percentage: breaker.clusterPercentage,
      workloadsAtLeast: breaker.clusterWorkloadsAtLeast,
      resetAt: cluster.clusterResetAt,
    },
    {
      breaker: 'namespace',
      where: `namespace ${namespace}`,
      detections: detections.filter(inNamespace),
      actions: actions.filter(inNamespace),
      workloads: cluster.namespaceWorkloads,
      percentage: breaker.percentage,
      workloadsAtLeast: breaker.workloadsAtLeast,
      resetAt: cluster.namespaceResetAt ?? cluster.clusterResetAt,
    },
  ];
  for (const scope of scopes) {
    const state = breakerState(scope, breaker, now);
    if (state.state !== 'open') continue;
    return {
      skip: 'breaker-open',
      breaker: scope.breaker,
      until: state.until,
      message: `The breaker of ${scope.where} is open: too many of its workloads failed within ${breaker.windowSeconds} s, so that something they share is to blame.`,
    };
  }
  return undefined;
}

/** The fault that is being judged counts too, also before its incident is written. */
function ownDetection({ snapshot, incident, now }: RailContext): readonly Detection[] {
  if (incident !== undefined) return [];
  return [{ at: now, namespace: snapshot.namespace, workloadUid: snapshot.workload.uid, incidentUid: '' }];
}
