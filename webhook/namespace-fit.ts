import { stringAt } from '#contract/json.ts';
import type { PodShape } from '#contract/pod-shape.ts';
import {
  agentResourceNames,
  type AgentResource,
  type Amounts,
  type NamespaceRules,
  type QuotaRule,
  type QuotaScope,
  type ResourceBounds,
} from './namespace-rules.ts';
import { podUsage, type PodUsage } from './pod-usage.ts';

/** What of a namespace would refuse a pod. */
export type Obstacle = 'limit-range' | 'resource-quota';

/** Whether the namespace would refuse the pod with the agent in it, or already without; undefined when neither. */
export function obstacleTo(pod: PodShape, agent: PodUsage, rules: NamespaceRules): Obstacle | undefined {
  if (!isBounded(rules.limits.pod) && rules.quotas.length === 0) return undefined;
  const usage = podUsage(pod, agent);
  const bare = podUsage(pod, noUsage);
  // A pod that a LimitRange refuses must not be let in by the agent's own requests and limits.
  if (![bare, usage].every((one) => fitsPod(one, rules.limits.pod))) return 'limit-range';
  return rules.quotas.some((quota) => counts(quota, pod) && exceeds(quota, usage)) ? 'resource-quota' : undefined;
}

function isBounded(bounds: ResourceBounds): boolean {
  return agentResourceNames.some((resource) => Object.keys(bounds[resource]).length > 0);
}

const nothing: Amounts = { cpu: 0, memory: 0 };

/** Of a pod without the agent. */
export const noUsage: PodUsage = { requests: nothing, limits: nothing };

/** As LimitRanger judges a pod: where something is bounded it also has to be said. */
function fitsPod({ requests, limits }: PodUsage, bounds: ResourceBounds): boolean {
  return agentResourceNames.every((resource) => {
    const { minimum, maximum, ratio } = bounds[resource];
    const [request, limit] = [requests[resource], limits[resource]];
    if (minimum !== undefined && !(request > 0 && isWithin(minimum, request))) return false;
    if (maximum !== undefined && !(limit > 0 && isWithin(limit, maximum))) return false;
    return ratio === undefined || (request > 0 && limit > 0 && isWithin(limit, request * ratio));
  });
}

/** Whether the quota counts this pod, which has an agent or a memory limit and so is anything but BestEffort. */
function counts(quota: QuotaRule, pod: PodShape): boolean {
  return quota.scopes.every((scope) => isInScope(scope, pod));
}

function isInScope({ name, operator, values }: QuotaScope, pod: PodShape): boolean {
  const ends = typeof pod.spec['activeDeadlineSeconds'] === 'number';
  const priority = stringAt(pod.spec, 'priorityClassName') ?? '';
  if (name === 'Terminating') return ends;
  if (name === 'NotTerminating') return !ends;
  if (name === 'BestEffort') return false;
  // What can't be told from here counts: then a pod goes without agent rather than not at all.
  return name === 'PriorityClass' ? isSelected(operator, values, priority) : true;
}

function isSelected(operator: string, values: readonly string[], value: string): boolean {
  if (operator === 'In') return values.includes(value);
  if (operator === 'NotIn') return !values.includes(value);
  return operator === 'DoesNotExist' ? value === '' : value !== '';
}

function exceeds({ hard, used }: QuotaRule, usage: PodUsage): boolean {
  return Object.entries(hard).some(([name, most]) => {
    const kind = name.startsWith('limits.') ? 'limits' : 'requests';
    const resource: AgentResource = name.endsWith('cpu') ? 'cpu' : 'memory';
    return !isWithin((used[name] ?? 0) + usage[kind][resource], most);
  });
}

function isWithin(amount: number, most: number): boolean {
  return amount <= most * (1 + 1e-12) + 1e-12;
}
