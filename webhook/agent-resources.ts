import { parseQuantity } from '#contract/quantity.ts';
import { stringAt } from '#contract/json.ts';
import {
  agentResourceNames,
  type AgentResource,
  type Amounts,
  type Bounds,
  type NamespaceRules,
  type QuotaRule,
  type QuotaScope,
  type ResourceBounds,
} from './namespace-rules.ts';
import type { PodShape } from '#contract/pod-shape.ts';
import { podUsage, type PodUsage } from './pod-usage.ts';
import { isGuaranteed } from './quality-of-service.ts';

/** Kubernetes quantities, as they are written into the container. */
export interface AgentAmounts {
  readonly cpuRequest: string;
  readonly cpuLimit: string;
  readonly memoryRequest: string;
  readonly memoryLimit: string;
}

/** Asked for, and below what the agent can't be pressed by a LimitRange: with less it would be killed or starve. */
export interface WantedAmounts {
  readonly wanted: AgentAmounts;
  readonly least: Readonly<Record<AgentResource, string>>;
}

interface Resources {
  readonly limits: Readonly<Record<AgentResource, string>>;
  readonly requests: Readonly<Record<AgentResource, string>>;
}

export type ResourcePlan =
  { readonly resources: Resources } | { readonly skip: 'limit-range' } | { readonly skip: 'resource-quota' };

/**
 * Requests and limits of the agent: always set, so that quotas and limit ranges admit it; equal where the pod is
 * Guaranteed and would fall to Burstable; pressed into the namespace's LimitRanges. A pod that would be refused for
 * the agent's sake goes without it.
 */
export function planResources(pod: PodShape, amounts: WantedAmounts, rules: NamespaceRules): ResourcePlan {
  const guaranteed = isGuaranteed(pod);
  const resources = withinBounds(amounts, guaranteed, rules.limits.container);
  if (resources === undefined) return { skip: 'limit-range' };
  if (isBounded(rules.limits.pod) || rules.quotas.length > 0) {
    const usage = podUsage(pod, { requests: parsed(resources.requests), limits: parsed(resources.limits) });
    const bare = podUsage(pod, { requests: nothing, limits: nothing });
    // A pod that a LimitRange refuses must not be let in by the agent's own requests and limits.
    if (![bare, usage].every((one) => fitsPod(one, rules.limits.pod))) return { skip: 'limit-range' };
    if (rules.quotas.some((quota) => counts(quota, pod) && exceeds(quota, usage))) return { skip: 'resource-quota' };
  }
  return { resources };
}

function withinBounds(
  { wanted, least }: WantedAmounts,
  guaranteed: boolean,
  bounds: ResourceBounds,
): Resources | undefined {
  const { cpuRequest, cpuLimit, memoryRequest, memoryLimit } = wanted;
  const cpu = pressed(cpuRequest, cpuLimit, least.cpu, guaranteed, bounds.cpu, cpuQuantity);
  const memory = pressed(memoryRequest, memoryLimit, least.memory, guaranteed, bounds.memory, memoryQuantity);
  if (cpu === undefined || memory === undefined) return undefined;
  return {
    limits: { cpu: cpu.limit, memory: memory.limit },
    requests: { cpu: cpu.request, memory: memory.request },
  };
}

/** One resource. Text that needs no change stays as it was written. */
function pressed(
  request: string,
  limit: string,
  least: string,
  guaranteed: boolean,
  { minimum = 0, maximum = Infinity, ratio = Infinity }: Bounds,
  write: (amount: number, round: 'up' | 'down') => string,
): { readonly request: string; readonly limit: string } | undefined {
  const askedRequest = parseQuantity(request) ?? 0;
  const askedLimit = parseQuantity(limit) ?? 0;
  const needed = parseQuantity(least) ?? 0;
  const ceiling = Math.max(askedLimit, askedRequest, minimum);
  const limitAmount = Math.min(ceiling, maximum);
  // One that is asked to be smaller than the least is the operator's wish, not a LimitRange's doing.
  if (minimum > maximum || (limitAmount < ceiling && limitAmount < needed)) return undefined;
  const floor = Math.max(askedRequest, minimum, ratio >= 1 ? limitAmount / ratio : limitAmount);
  const requestAmount = guaranteed ? limitAmount : Math.min(floor, limitAmount);
  const limitText = limitAmount === askedLimit ? limit : write(limitAmount, limitAmount < ceiling ? 'down' : 'up');
  if (requestAmount === limitAmount) return { request: limitText, limit: limitText };
  return { request: requestAmount === askedRequest ? request : write(requestAmount, 'up'), limit: limitText };
}

function cpuQuantity(cores: number, round: 'up' | 'down'): string {
  return `${rounded(cores * 1000, round)}m`;
}

const mebibyte = 1_048_576;

function memoryQuantity(bytes: number, round: 'up' | 'down'): string {
  const whole = rounded(bytes, round);
  return whole % mebibyte === 0 ? `${whole / mebibyte}Mi` : String(whole);
}

/** Tolerates what binary fractions lose. */
function rounded(amount: number, round: 'up' | 'down'): number {
  return round === 'up' ? Math.ceil(amount - 1e-6) : Math.floor(amount + 1e-6);
}

function parsed(amounts: Readonly<Record<AgentResource, string>>): PodUsage['requests'] {
  return { cpu: parseQuantity(amounts.cpu) ?? 0, memory: parseQuantity(amounts.memory) ?? 0 };
}

function isBounded(bounds: ResourceBounds): boolean {
  return agentResourceNames.some((resource) => Object.keys(bounds[resource]).length > 0);
}

const nothing: Amounts = { cpu: 0, memory: 0 };

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

/** Whether the quota counts this pod once it has an agent, which makes it anything but BestEffort. */
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
