import { millisecondsOf } from '#contract/micro-time.ts';
import { policySpecSchema, type ClusterPolicySpec, type PolicySpec } from '#contract/policy.ts';
import { policyModes, recreateModes, sinkNames, type PolicyMode } from '#contract/vocabulary.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { Handler } from '../../model/plan.ts';
import type { LabelSelector, PolicySnapshot } from '../../model/policy.ts';
import { projectLadders } from './policy-ladders.ts';
import { makeProblems, type ReportProblem } from './policy-problems.ts';
import { projectSelector, selectsNothing } from './policy-selector.ts';
import { projectWindows } from './policy-windows.ts';
import { fieldsOf, integerOf, itemsOf, quoted, type Unchecked } from './unchecked.ts';

type Limits = Pick<
  PolicySnapshot,
  | 'actionsPerHour'
  | 'cooldownSeconds'
  | 'cooldownMaximumSeconds'
  | 'breakerPercentage'
  | 'breakerPodsAtLeast'
  | 'breakerHalfOpenSeconds'
  | 'verifyHealthySeconds'
  | 'verifyTimeoutSeconds'
  | 'standDownSeconds'
  | 'approvalSeconds'
>;

const bounds = policySpecSchema.properties;

/**
 * Makes the projection of both kinds of policies. The API server has checked their form, but not what only we know:
 * handlers and their settings, schedules, time zones. What can't be used is left out and named in `problems`, always
 * towards doing less, so that a typing error never makes the autopilot act more. Never throws.
 */
export function makeProjectPolicy(handlers: readonly Handler[]): (object: KubeObject) => PolicySnapshot {
  const known = new Map<string, Handler>(handlers.map((handler) => [handler.name, handler]));
  return (object) => {
    const { metadata, spec: rawSpec } = object as KubeObject & { readonly spec?: unknown };
    const spec = fieldsOf<ClusterPolicySpec>(rawSpec);
    const { report, all } = makeProblems();
    const namespace = metadata?.namespace ?? '';
    const scope = namespace === '' ? 'cluster' : 'namespace';
    const { windows, closed } = projectWindows(spec.maintenanceWindows, report);
    const mode = modeOf(spec.mode, report);
    const injection = fieldsOf<NonNullable<PolicySpec['injection']>>(spec.injection);
    const allow = fieldsOf<NonNullable<PolicySpec['allow']>>(spec.allow);
    return {
      scope,
      namespace,
      name: metadata?.name ?? '',
      uid: metadata?.uid ?? '',
      generation: Number(fieldsOf<{ generation: number }>(metadata).generation ?? 0),
      createdAt: millisecondsOf(metadata?.creationTimestamp) ?? 0,
      selector: selectorOf(spec.selector, 'selector', report),
      ...(scope === 'cluster' && spec.namespaceSelector !== undefined
        ? { namespaceSelector: selectorOf(spec.namespaceSelector, 'namespaceSelector', report) }
        : {}),
      // Windows of which none can be read stay closed: acting at any time is what they were to prevent.
      mode: closed && mode !== 'Off' ? 'Observe' : mode,
      ladders: projectLadders(spec.ladders, known, report),
      ...limitsOf(spec),
      windows,
      driftAllowed: allow.drift === true,
      localDataDisposable: allow.localDataLoss === true,
      recreate: recreateModes.find((word) => word === injection.recreate) ?? 'Never',
      ...routesOf(spec),
      problems: all(),
    };
  };
}

/** A selector that can't be read selects nothing. */
function selectorOf(value: unknown, name: string, report: ReportProblem): LabelSelector {
  const selector = projectSelector(value);
  if (selector === undefined) report('InvalidSelector', `${name} can not be read, so that the policy selects nothing.`);
  return selector ?? selectsNothing;
}

/** A mode that a later version may know: seeing is what every mode but Off has in common. */
function modeOf(value: unknown, report: ReportProblem): PolicyMode {
  if (value === undefined || value === null) return bounds.mode.default;
  const mode = policyModes.find((known) => known === value);
  if (mode === undefined)
    report('InvalidSettings', `mode ${quoted(value)} is not known, so that the policy only observes.`);
  return mode ?? 'Observe';
}

/** Only what is there and within its bounds; the operator's value stands for everything else. */
function limitsOf(spec: Unchecked<PolicySpec>): Limits {
  const budget = fieldsOf<NonNullable<PolicySpec['budget']>>(spec.budget);
  const cooldown = fieldsOf<NonNullable<PolicySpec['cooldown']>>(spec.cooldown);
  const breaker = fieldsOf<NonNullable<PolicySpec['breaker']>>(spec.breaker);
  const verification = fieldsOf<NonNullable<PolicySpec['verification']>>(spec.verification);
  const limits: { readonly [Key in keyof Limits]: number | undefined } = {
    actionsPerHour: integerOf(budget.actionsPerHour, bounds.budget.properties.actionsPerHour),
    cooldownSeconds: integerOf(cooldown.seconds, bounds.cooldown.properties.seconds),
    cooldownMaximumSeconds: integerOf(cooldown.maximumSeconds, bounds.cooldown.properties.maximumSeconds),
    breakerPercentage: integerOf(breaker.percentage, bounds.breaker.properties.percentage),
    breakerPodsAtLeast: integerOf(breaker.minimumPods, bounds.breaker.properties.minimumPods),
    breakerHalfOpenSeconds: integerOf(breaker.halfOpenSeconds, bounds.breaker.properties.halfOpenSeconds),
    verifyHealthySeconds: integerOf(verification.healthySeconds, bounds.verification.properties.healthySeconds),
    verifyTimeoutSeconds: integerOf(verification.timeoutSeconds, bounds.verification.properties.timeoutSeconds),
    standDownSeconds: integerOf(spec.standDownSeconds, bounds.standDownSeconds),
    approvalSeconds: integerOf(spec.approvalSeconds, bounds.approvalSeconds),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function routesOf(spec: Unchecked<PolicySpec>): Pick<PolicySnapshot, 'routes'> {
  const { sinks } = fieldsOf<NonNullable<PolicySpec['notifications']>>(spec.notifications);
  if (!Array.isArray(sinks)) return {};
  const named = itemsOf(sinks, bounds.notifications.properties.sinks);
  return { routes: sinkNames.filter((name) => named.includes(name)) };
}
