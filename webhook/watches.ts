import { autopilotLabel, namespaceMode } from '#contract/annotations.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeReflector, type Reflector } from '#runtime/kubernetes/reflector.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { JsonObject } from '#contract/json.ts';
import {
  noLimits,
  noRules,
  readLimitRange,
  readResourceQuota,
  tighterRules,
  type LimitRules,
  type NamespaceRules,
  type QuotaRule,
} from './namespace-rules.ts';

export interface WatchesOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** What the API says about namespaces, kept in memory so that answering a review never waits for the API. */
export interface NamespaceWatches {
  start(): void;
  stop(): Promise<void>;
  /** Once each collection has been read whole. Before that, reviews are answered with what is known. */
  synced(): boolean;
  rulesOf(namespace: string): NamespaceRules;
}

/** Annotations of opted-in namespaces, and the LimitRanges and ResourceQuotas of all. */
export function watchNamespaces(options: WatchesOptions): NamespaceWatches {
  const combined = new Map<string, NamespaceRules>();

  const follow = <Kept>(
    path: string,
    project: (object: KubeObject) => Kept | undefined,
    collection: { readonly metadataOnly: boolean; readonly labelSelector?: string },
  ): Reflector<Kept> =>
    makeReflector<Kept>({
      ...options,
      collection: { path, ...collection },
      project,
      onChange: ({ key }) => void combined.delete(key.split('/', 1)[0] ?? ''),
    });

  const namespaces = follow<Pick<NamespaceRules, 'acts' | 'annotations'>>(
    '/api/v1/namespaces',
    ({ metadata }) => ({
      acts: namespaceMode(metadata?.labels) === 'enabled',
      annotations: ownAnnotations(metadata?.annotations),
    }),
    { metadataOnly: true, labelSelector: `${autopilotLabel} in (enabled,observe)` },
  );
  const limitRanges = follow<LimitRules>('/api/v1/limitranges', (object) => readLimitRange(asJson(object)), {
    metadataOnly: false,
  });
  const quotas = follow<QuotaRule>('/api/v1/resourcequotas', (object) => readResourceQuota(asJson(object)), {
    metadataOnly: false,
  });
  const all = [namespaces, limitRanges, quotas];

  const combine = (namespace: string): NamespaceRules => {
    const { acts, annotations } = namespaces.items.get(namespace) ?? noRules;
    const limits = itemsOf(limitRanges.items, namespace).reduce(tighterRules, noLimits);
    return { acts, annotations, limits, quotas: itemsOf(quotas.items, namespace) };
  };

  return {
    start: () => {
      for (const one of all) one.start();
    },
    stop: async () => void (await Promise.all(all.map((one) => one.stop()))),
    synced: () => all.every((one) => one.synced()),
    rulesOf: (namespace) => {
      const known = combined.get(namespace);
      if (known !== undefined) return known;
      const rules = combine(namespace);
      // Only what exists is remembered, so that names in requests can't fill the memory.
      if (rules.quotas.length > 0 || rules.limits !== noLimits || namespaces.items.has(namespace)) {
        combined.set(namespace, rules);
      }
      return rules;
    },
  };
}

function itemsOf<Kept>(items: ReadonlyMap<string, Kept>, namespace: string): readonly Kept[] {
  return [...items].filter(([key]) => key.startsWith(`${namespace}/`)).map(([, item]) => item);
}

/** Of a namespace's annotations only ours are kept; others may be large. */
function ownAnnotations(annotations: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const prefix = autopilotLabel.slice(0, autopilotLabel.indexOf('/') + 1);
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => name.startsWith(prefix)));
}

function asJson(object: KubeObject): JsonObject {
  return object as JsonObject;
}
