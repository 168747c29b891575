import { isObject, objectAt, objectsAt, stringAt, type JsonObject } from '#contract/json.ts';
import { parseQuantity } from '#contract/quantity.ts';

/** The resources that injection sets, in Kubernetes' base units: cores and bytes. */
export const agentResourceNames = ['cpu', 'memory'] as const;
export type AgentResource = (typeof agentResourceNames)[number];
export type Amounts = Readonly<Record<AgentResource, number>>;

/** What a LimitRange asks of one resource. Absent: anything. */
export interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
  /** Largest limit ÷ request. */
  readonly ratio?: number;
}
export type ResourceBounds = Readonly<Record<AgentResource, Bounds>>;

/** The LimitRanges of a namespace, or one of them: what they ask of each container and of a pod as a whole. */
export interface LimitRules {
  readonly container: ResourceBounds;
  readonly pod: ResourceBounds;
}

/** Amounts that a ResourceQuota counts, by the quota's own names, such as `limits.memory`. */
export type QuotaAmounts = Readonly<Record<string, number>>;

export interface QuotaRule {
  readonly hard: QuotaAmounts;
  readonly used: QuotaAmounts;
  readonly scopes: readonly QuotaScope[];
}

/** Which pods a quota counts. */
export interface QuotaScope {
  readonly name: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** What admission knows about a namespace. All of it may lag behind the API, or not have been read yet. */
export interface NamespaceRules {
  /** Labelled `enabled`: what only observes, or is not known, is not to be changed in what people declared. */
  readonly acts: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly limits: LimitRules;
  readonly quotas: readonly QuotaRule[];
}

const anything: ResourceBounds = { cpu: {}, memory: {} };
export const noLimits: LimitRules = { container: anything, pod: anything };
export const noRules: NamespaceRules = { acts: false, annotations: {}, limits: noLimits, quotas: [] };

/** The rules of a LimitRange as the API sends it. */
export function readLimitRange(object: JsonObject): LimitRules {
  const items = objectsAt(objectAt(object, 'spec'), 'limits');
  const ofType = (type: string): ResourceBounds =>
    items
      .filter((item) => item['type'] === type)
      .map(boundsOf)
      .reduce(tighterBounds, anything);
  return { container: ofType('Container'), pod: ofType('Pod') };
}

/** Both at once: each of several LimitRanges holds. */
export function tighterRules(left: LimitRules, right: LimitRules): LimitRules {
  return { container: tighterBounds(left.container, right.container), pod: tighterBounds(left.pod, right.pod) };
}

/** Undefined for a quota that counts neither cpu nor memory: it has nothing to say about the agent. */
export function readResourceQuota(object: JsonObject): QuotaRule | undefined {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const hard = counted(objectAt(spec, 'hard'));
  if (Object.keys(hard).length === 0) return undefined;
  const named: unknown = spec['scopes'];
  const plain = Array.isArray(named) ? named.filter((name) => typeof name === 'string') : [];
  return {
    hard,
    used: counted(objectAt(status, 'used')),
    scopes: [
      ...plain.map((name) => ({ name, operator: 'Exists', values: [] })),
      ...objectsAt(objectAt(spec, 'scopeSelector'), 'matchExpressions').map(scopeOf),
    ],
  };
}

const countedNames = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'] as const;

function counted(amounts: JsonObject): QuotaAmounts {
  const known = countedNames.map((name) => [name, parseQuantity(amounts[name])] as const);
  return Object.fromEntries(known.filter((entry): entry is [(typeof entry)[0], number] => entry[1] !== undefined));
}

function scopeOf(expression: JsonObject): QuotaScope {
  const values: unknown = expression['values'];
  return {
    name: stringAt(expression, 'scopeName') ?? '',
    operator: stringAt(expression, 'operator') ?? '',
    values: Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [],
  };
}

function boundsOf(item: JsonObject): ResourceBounds {
  const bounds = (resource: AgentResource): Bounds => ({
    ...amount('minimum', objectAt(item, 'min')[resource]),
    ...amount('maximum', objectAt(item, 'max')[resource]),
    ...amount('ratio', objectAt(item, 'maxLimitRequestRatio')[resource]),
  });
  return isObject(item) ? { cpu: bounds('cpu'), memory: bounds('memory') } : anything;
}

function amount(name: keyof Bounds, value: unknown): Bounds {
  const parsed = parseQuantity(value);
  return parsed === undefined ? {} : { [name]: parsed };
}

function tighterBounds(left: ResourceBounds, right: ResourceBounds): ResourceBounds {
  return { cpu: tighter(left.cpu, right.cpu), memory: tighter(left.memory, right.memory) };
}

function tighter(left: Bounds, right: Bounds): Bounds {
  const pick = (name: keyof Bounds, choose: (...values: number[]) => number): Bounds => {
    const values = [left[name], right[name]].filter((value) => value !== undefined);
    return values.length === 0 ? {} : { [name]: choose(...values) };
  };
  return { ...pick('minimum', Math.max), ...pick('maximum', Math.min), ...pick('ratio', Math.min) };
}
