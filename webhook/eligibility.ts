import type { AdmissionReason } from '#contract/admission.ts';
import { ruleOnAgent } from '#contract/agent-rule.ts';
import { excludedNamespaces } from '#contract/annotations.ts';
import type { JsonObject } from '#contract/json.ts';
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
  const matter = decideMatter(request, rules.excludedNamespaces);
  return 'skip' in matter ? matter : ruleOnAgent(matter.pod, rules.namespaceAnnotations);
}

/** Whether the request is about a new pod of a namespace that may be touched at all. */
export function decideMatter(
  request: AdmissionRequest,
  excluded: readonly string[],
): { readonly pod: JsonObject } | { readonly skip: AdmissionReason } {
  if (!request.isPod) return { skip: 'not-a-pod' };
  if (request.operation !== 'CREATE') return { skip: 'not-a-creation' };
  if (request.object === undefined) return { skip: 'no-object' };
  return isExcluded(request.namespace, excluded) ? { skip: 'excluded-namespace' } : { pod: request.object };
}

export function isExcluded(namespace: string, configured: readonly string[]): boolean {
  return [...excludedNamespaces, ...configured].includes(namespace);
}
