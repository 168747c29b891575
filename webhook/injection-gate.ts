import { readSuspensions, suspensionsKey, type Suspension } from '#contract/suspension.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeReflector } from '#runtime/kubernetes/reflector.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { provenImage } from './canary.ts';
import { isActive, judge, type Hold, type ReleaseView } from './hold.ts';
import type { JsonObject } from '#contract/json.ts';

/**
 * For so long after its start a webhook counts as not ready while no canary has run its image: in a rollout the replicas
 * before it go on injecting what they know to work. Not longer, or a bad image would leave nobody to answer. Milliseconds.
 */
const patienceMilliseconds = 30_000;

/** While a suspension is on trial, each replica injects one pod in this time. Milliseconds. */
const trialMilliseconds = 60_000;

export interface InjectionGateOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly namespace: string;
  readonly image: string;
  /** Selects the pods of the canary in the release's namespace. */
  readonly canarySelector: string;
  /** ConfigMap in which the leading controller keeps suspensions. */
  readonly suspensionsConfigMap: string;
}

/** Whether pods may be given the agent: faults 41 and 42. All from memory, kept up by two watches. */
export interface InjectionGate {
  start(): void;
  stop(): Promise<void>;
  /**
   * Why a pod that could be injected is not; undefined lets it be injected, and while a suspension is on trial counts it
   * as that trial unless it is only rehearsed.
   */
  holdOf(pod: { readonly namespace: string; readonly dryRun: boolean }): Hold | undefined;
  /** Why the process should not count as ready yet; for a bounded time after the start only. */
  notReady(): string | undefined;
  /** Shows in the metrics whether pods are injected at all. */
  show(): void;
}

export function makeInjectionGate(options: InjectionGateOptions): InjectionGate {
  const { clock, log, metrics, namespace, image } = options;
  const tried = new Map<string, number>();
  let startedAt = clock.now();
  let proven = false;
  let suspensions: readonly Suspension[] = [];

  const view = (): ReleaseView => ({ proven, suspensions });
  const show = (): void => metrics.set('autopilot_injection_active', {}, isActive(view(), image, clock.now()) ? 1 : 0);

  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const canaries = makeReflector<string>({
    ...options,
    collection: { path: `${path}/pods`, metadataOnly: false, labelSelector: options.canarySelector },
    project: (object) => provenImage(object as JsonObject),
    // For as long as this process lives: a canary that moves to another node says nothing against the image.
    onChange: ({ current }) => {
      if (proven || current !== image) return;
      proven = true;
      log.info({ image }, 'canary ran the agent’s image, injection begins');
      show();
    },
  });
  const records = makeReflector<readonly Suspension[]>({
    ...options,
    collection: {
      path: `${path}/configmaps`,
      metadataOnly: false,
      // The right to read is for this name alone, and holds only where it is asked for.
      fieldSelector: `metadata.name=${options.suspensionsConfigMap}`,
    },
    project: (object) => {
      const { data } = object as KubeObject & { readonly data?: Readonly<Record<string, string>> };
      return readSuspensions(data?.[suspensionsKey]);
    },
    onChange: ({ current }) => {
      suspensions = current ?? [];
      tried.clear();
      const own = suspensions.filter((one) => one.image === image);
      log.info({ image, suspensions: own }, 'suspensions of injection changed');
      show();
    },
  });

  return {
    start: () => {
      startedAt = clock.now();
      canaries.start();
      records.start();
    },
    stop: async () => void (await Promise.all([canaries.stop(), records.stop()])),
    holdOf: ({ namespace: podNamespace, dryRun }) => {
      const now = clock.now();
      const verdict = judge(view(), image, podNamespace, now);
      if (verdict === 'inject') return undefined;
      if ('hold' in verdict) return verdict.hold;
      const scope = verdict.trial.namespace ?? '';
      const last = tried.get(scope);
      // A clock that was set back must not end the trials.
      if (last !== undefined && now >= last && now - last < trialMilliseconds) return 'injection-suspended';
      if (!dryRun) tried.set(scope, now);
      return undefined;
    },
    notReady: () => {
      if (proven && records.synced()) return undefined;
      const waited = clock.now() - startedAt;
      if (waited < 0 || waited >= patienceMilliseconds) return undefined;
      return proven ? 'suspensions of injection are not known yet' : 'no canary has run the agent’s image yet';
    },
    show,
  };
}
