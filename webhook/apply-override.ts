import type { OverrideProblem } from '#contract/admission-override.ts';
import { isMirror } from '#contract/agent-rule.ts';
import type { JsonObject } from '#contract/json.ts';
import { readPod } from '#contract/pod-shape.ts';
import type { NamespaceRules } from './namespace-rules.ts';
import { overridePod } from './override-pod.ts';
import {
  chooseOverride,
  controllerOf,
  isOverridden,
  overrideObstacle,
  type Override,
  type OverrideCaps,
} from './override.ts';
import type { PatchOperation } from './patch.ts';

/** What the webhook knows of overrides when a pod comes. */
export interface OverrideSource {
  /** From memory: every usable override that names this uid, of whatever namespace. */
  readonly overridesOf: (ownerUid: string) => readonly Override[];
  readonly caps: OverrideCaps;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What an override did to a pod. Without `name` nothing. */
export interface AppliedOverride {
  readonly name?: string;
  readonly object: JsonObject;
  readonly patch: readonly PatchOperation[];
  readonly problems: readonly OverrideProblem[];
}

/** Changes a new pod as the override of its controller says, as far as that is meant for it and within all limits. */
export function applyOverride(
  object: JsonObject,
  namespace: string,
  rules: NamespaceRules,
  { overridesOf, caps, now }: OverrideSource,
): AppliedOverride {
  const nothing = { object, patch: [], problems: [] };
  // Nearly every pod ends here, so its shape is not looked at before.
  const owner = controllerOf(object);
  const candidates = owner === undefined ? [] : overridesOf(owner.uid);
  if (owner === undefined || candidates.length === 0) return nothing;
  const pod = readPod(object);
  if (pod === undefined || isMirror(pod) || isOverridden(pod)) return nothing;
  const { override, problems } = chooseOverride(candidates, owner, namespace, now);
  if (override === undefined) return { ...nothing, problems };
  const obstacle = overrideObstacle(pod, rules);
  if (obstacle !== undefined) return { ...nothing, problems: [...problems, obstacle] };
  const result = overridePod(object, override, rules, caps);
  return {
    ...result,
    ...(result.patch.length === 0 ? {} : { name: override.name }),
    problems: [...problems, ...result.problems],
  };
}
