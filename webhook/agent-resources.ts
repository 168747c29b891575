import { parseQuantity } from '#contract/quantity.ts';
import type { PodShape } from '#contract/pod-shape.ts';
import { obstacleTo, type Obstacle } from './namespace-fit.ts';
import type { AgentResource, Bounds, NamespaceRules, ResourceBounds } from './namespace-rules.ts';
import type { PodUsage } from './pod-usage.ts';
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

export type ResourcePlan = { readonly resources: Resources } | { readonly skip: Obstacle };

/**
 * Requests and limits of the agent: always set, so that quotas and limit ranges admit it; equal where the pod is
 * Guaranteed and would fall to Burstable; pressed into the namespace's LimitRanges. A pod that would be refused for
 * the agent's sake goes without it.
 */
export function planResources(pod: PodShape, amounts: WantedAmounts, rules: NamespaceRules): ResourcePlan {
  const guaranteed = isGuaranteed(pod);
  const resources = withinBounds(amounts, guaranteed, rules.limits.container);
  if (resources === undefined) return { skip: 'limit-range' };
  const agent = { requests: parsed(resources.requests), limits: parsed(resources.limits) };
  const obstacle = obstacleTo(pod, agent, rules);
  return obstacle === undefined ? { resources } : { skip: obstacle };
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

/** An amount in bytes as a quantity, in whole Mi where it is that. */
export function memoryQuantity(bytes: number, round: 'up' | 'down'): string {
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
