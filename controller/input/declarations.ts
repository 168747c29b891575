import type { StoreChange } from '#runtime/kubernetes/reflector.ts';
import type { PolicySnapshot } from '../model/policy.ts';
import type { AutoscalerSnapshot, DisruptionBudgetSnapshot, WorkloadReference } from '../model/snapshot.ts';
import { selects } from '../model/label-selector.ts';
import type { AutoscalerView } from './projections/autoscaler.ts';
import type { DisruptionBudgetView } from './projections/disruption-budget.ts';

/** What people declared beside their workloads: autoscalers, disruption budgets and policies, found by namespace. */
export interface Declarations {
  autoscalerChanged(change: StoreChange<AutoscalerView>): void;
  budgetChanged(change: StoreChange<DisruptionBudgetView>): void;
  policyChanged(change: StoreChange<PolicySnapshot>): void;
  autoscalerOf(namespace: string, workload: WorkloadReference): AutoscalerSnapshot | undefined;
  budgetsIn(namespace: string): readonly DisruptionBudgetSnapshot[];
  /** Those of the namespace, and those of the cluster that select its labels. */
  policiesFor(namespace: string, labels: Readonly<Record<string, string>>): readonly PolicySnapshot[];
  allPolicies(): readonly PolicySnapshot[];
}

export function makeDeclarations(): Declarations {
  const autoscalers = makeShelf<AutoscalerView>(({ namespace }) => namespace);
  const budgets = makeShelf<DisruptionBudgetView>(({ namespace }) => namespace);
  const policies = makeShelf<PolicySnapshot>(({ namespace }) => namespace);
  return {
    autoscalerChanged: (change) => autoscalers.changed(change),
    budgetChanged: (change) => budgets.changed(change),
    policyChanged: (change) => policies.changed(change),
    autoscalerOf: (namespace, { kind, name }) =>
      autoscalers.on(namespace).find(({ targetKind, targetName }) => targetKind === kind && targetName === name)
        ?.autoscaler,
    budgetsIn: (namespace) => budgets.on(namespace).map(({ budget }) => budget),
    policiesFor: (namespace, labels) => [
      ...policies.on(namespace),
      ...policies.on('').filter(({ namespaceSelector }) => selects(namespaceSelector ?? {}, labels)),
    ],
    allPolicies: () => policies.all(),
  };
}

interface Shelf<Kept> {
  changed(change: StoreChange<Kept>): void;
  on(namespace: string): readonly Kept[];
  all(): readonly Kept[];
}

/** Few objects each, so a namespace's are looked through one by one. */
function makeShelf<Kept>(namespaceOf: (kept: Kept) => string): Shelf<Kept> {
  const shelves = new Map<string, Map<string, Kept>>();
  return {
    changed: ({ key, previous, current }) => {
      const namespace = namespaceOf((current ?? previous) as Kept);
      const shelf = shelves.get(namespace) ?? new Map<string, Kept>();
      if (current === undefined) shelf.delete(key);
      else shelf.set(key, current);
      if (shelf.size > 0) shelves.set(namespace, shelf);
      else shelves.delete(namespace);
    },
    on: (namespace) => [...(shelves.get(namespace)?.values() ?? [])],
    all: () => [...shelves.values()].flatMap((shelf) => [...shelf.values()]),
  };
}
