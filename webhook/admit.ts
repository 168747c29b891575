import type { AgentSettings } from './agent-container.ts';
import { decideEligibility } from './eligibility.ts';
import type { Hold } from './hold.ts';
import type { NamespaceRules } from './namespace-rules.ts';
import { planPatch } from './patch.ts';
import type { AdmissionOutcome, AdmissionRequest } from './review.ts';

/** What the webhook knows besides the request. `agent` is undefined until there is an authority to hand out. */
export interface AdmissionContext {
  /** Never injected, in addition to those that nobody can opt in. */
  readonly excludedNamespaces: readonly string[];
  readonly agent: AgentSettings | undefined;
  /** From memory. A namespace that has not been seen yet has no rules, and its pods get the chart's defaults. */
  readonly rulesOf: (namespace: string) => NamespaceRules;
  /** Asked last, about a pod that would be injected otherwise: the answer counts it. */
  readonly holdOf: (pod: { readonly namespace: string; readonly dryRun: boolean }) => Hold | undefined;
}

/** From request to outcome, without I/O: skipped with a reason, or injected with a patch. */
export function admit(request: AdmissionRequest, context: AdmissionContext): AdmissionOutcome {
  const rules = context.rulesOf(request.namespace);
  const { excludedNamespaces } = context;
  const eligibility = decideEligibility(request, { excludedNamespaces, namespaceAnnotations: rules.annotations });
  if ('skip' in eligibility) return unchanged(eligibility.skip);
  if (context.agent === undefined) return unchanged('not-ready');
  const plan = planPatch(eligibility.inject, context.agent, rules);
  if ('skip' in plan) return { ...unchanged(plan.skip), warnings: plan.warnings };
  const hold = context.holdOf(request);
  if (hold !== undefined) return unchanged(hold);
  return { reason: 'injected', ...plan };
}

/** The pod as it came. */
export function unchanged(reason: AdmissionOutcome['reason']): AdmissionOutcome {
  return { reason, patch: [], warnings: [] };
}
