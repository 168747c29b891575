import type { AgentSettings } from './agent-container.ts';
import { applyOverride, type AppliedOverride, type OverrideSource } from './apply-override.ts';
import { decideEligibility, decideMatter } from './eligibility.ts';
import type { Hold } from './hold.ts';
import type { NamespaceRules } from './namespace-rules.ts';
import { planPatch } from './patch.ts';
import type { ProvenVariants } from './variants.ts';
import type { AdmissionOutcome, AdmissionRequest } from './review.ts';

/** What the webhook knows besides the request. `agent` is undefined until there is an authority to hand out. */
export interface AdmissionContext {
  /** Never injected, in addition to those that nobody can opt in. */
  readonly excludedNamespaces: readonly string[];
  readonly agent: AgentSettings | undefined;
  /** What the API server takes of injection. */
  readonly proven: ProvenVariants;
  /** From memory. A namespace that has not been seen yet has no rules, and its pods get the chart's defaults. */
  readonly rulesOf: (namespace: string) => NamespaceRules;
  /** Asked last, about a pod that would be injected otherwise: the answer counts it. */
  readonly holdOf: (pod: { readonly namespace: string; readonly dryRun: boolean }) => Hold | undefined;
  readonly overrides: OverrideSource;
}

/**
 * From request to outcome, without I/O: skipped with a reason, or injected with a patch. An override of the pod's owner is
 * applied either way, and before: the agent is fitted into the pod as it will be.
 */
export function admit(request: AdmissionRequest, context: AdmissionContext): AdmissionOutcome {
  const matter = decideMatter(request, context.excludedNamespaces);
  if ('skip' in matter) return unchanged(matter.skip);
  const rules = context.rulesOf(request.namespace);
  const override = applyOverride(matter.pod, request.namespace, rules, context.overrides);
  const outcome = inject({ ...request, object: override.object }, rules, context);
  if (override.name === undefined && override.problems.length === 0) return outcome;
  return { ...outcome, patch: [...override.patch, ...outcome.patch], override: shownOf(override) };
}

function shownOf({ name, problems }: AppliedOverride): NonNullable<AdmissionOutcome['override']> {
  return { ...(name === undefined ? {} : { name }), problems };
}

function inject(request: AdmissionRequest, rules: NamespaceRules, context: AdmissionContext): AdmissionOutcome {
  const { excludedNamespaces } = context;
  const eligibility = decideEligibility(request, { excludedNamespaces, namespaceAnnotations: rules.annotations });
  if ('skip' in eligibility) return unchanged(eligibility.skip);
  if (context.agent === undefined) return unchanged('not-ready');
  if (!context.proven.agent) return unchanged('agent-refused');
  const plan = planPatch(eligibility.inject, context.agent, rules, context.proven.powers);
  if ('skip' in plan) return { ...unchanged(plan.skip), warnings: plan.warnings };
  const hold = context.holdOf(request);
  if (hold !== undefined) return unchanged(hold);
  return { reason: 'injected', ...plan };
}

/** The pod as it came. */
export function unchanged(reason: AdmissionOutcome['reason']): AdmissionOutcome {
  return { reason, patch: [], warnings: [] };
}
