import type { AgentSettings } from './agent-container.ts';
import { decideEligibility } from './eligibility.ts';
import { planPatch } from './patch.ts';
import type { AdmissionOutcome, AdmissionRequest } from './review.ts';

/** What the webhook knows besides the request. `agent` is undefined until there is an authority to hand out. */
export interface AdmissionContext {
  readonly ownNamespace: string;
  readonly agent: AgentSettings | undefined;
}

/** From request to outcome, without I/O: skipped with a reason, or injected with a patch. */
export function admit(request: AdmissionRequest, context: AdmissionContext): AdmissionOutcome {
  const eligibility = decideEligibility(request, context.ownNamespace);
  if ('skip' in eligibility) return { reason: eligibility.skip, patch: [], warnings: [] };
  if (context.agent === undefined) return { reason: 'not-ready', patch: [], warnings: [] };
  const plan = planPatch(eligibility.inject, context.agent);
  if ('skip' in plan) return { reason: plan.skip, patch: [], warnings: [] };
  return { reason: 'injected', ...plan };
}
