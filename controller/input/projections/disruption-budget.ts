import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { LabelSelector } from '../../model/policy.ts';
import type { DisruptionBudgetSnapshot } from '../../model/snapshot.ts';

/** A PodDisruptionBudget and where it counts. */
export interface DisruptionBudgetView {
  readonly namespace: string;
  readonly budget: DisruptionBudgetSnapshot;
}

interface RawDisruptionBudget extends KubeObject {
  readonly spec?: { readonly selector?: LabelSelector };
  readonly status?: { readonly disruptionsAllowed?: number };
}

/** Undefined for one without a selector: in policy/v1 that selects no pod, where an empty one selects all. */
export function projectDisruptionBudget(object: KubeObject): DisruptionBudgetView | undefined {
  const { metadata, spec, status } = object as RawDisruptionBudget;
  if (spec?.selector === undefined) return undefined;
  const { matchLabels, matchExpressions } = spec.selector;
  return {
    namespace: metadata?.namespace ?? '',
    budget: {
      name: metadata?.name ?? '',
      selector: {
        ...(matchLabels === undefined ? {} : { matchLabels }),
        ...(matchExpressions === undefined ? {} : { matchExpressions }),
      },
      disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    },
  };
}
