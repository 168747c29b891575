import type { AdmissionReason } from '#contract/admission.ts';
import { ruleOnAgent } from '#contract/agent-rule.ts';
import { excludedNamespaces } from '#contract/annotations.ts';
import type { PodShape } from '#contract/pod-shape.ts';
import type { AdmissionRequest } from './review.ts';

export type Eligibility = { readonly inject: PodShape } | { readonly skip: AdmissionReason };

/** What decides besides the request itself. */
export interface EligibilityRules {
  /** Never touched, in addition to those that nobody can opt in. */
  readonly excludedNamespaces: readonly string[];
  /** Of the request's namespace: defaults for its pods. */
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
}

/** Decides whether a pod gets the agent, the cheapest and most general reasons first. */
export function decideEligibility(request: AdmissionRequest, rules: EligibilityRules): Eligibility {
  if (!request.isPod) return { skip: 'not-a-pod' };
  if (request.operation !== 'CREATE') return { skip: 'not-a-creation' };
  if (request.object === undefined) return { skip: 'no-object' };
  if (isExcluded(request.namespace, rules.excludedNamespaces)) return { skip: 'excluded-namespace' };
  return ruleOnAgent(request.object, rules.namespaceAnnotations);
}

function isExcluded(namespace: string, configured: readonly string[]): boolean {
  return [...excludedNamespaces, ...configured].includes(namespace);
}
