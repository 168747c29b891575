import {
  readSuspensions,
  suspensionReasons,
  suspensionsKey,
  suspensionState,
  type Suspension,
  type SuspensionReason,
} from '#contract/suspension.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeReflector } from '#runtime/kubernetes/reflector.ts';
import type { Stoppable } from '#runtime/lifecycle.ts';
import { troubleOf, type AgentTrouble } from './decide/agent-trouble.ts';
import { recreationHold } from './decide/recreation.ts';
import { decideSuspensions } from './decide/suspension.ts';
import { suspensionNotice } from './decide/suspension-notice.ts';
import type { Notifier } from './execute/notifier.ts';
import { writeSuspensions } from './execute/suspension-record.ts';
import type { Cluster } from './input/cluster.ts';
import { makeBareRecreator, type RecreateBareOptions } from './recreate-bare.ts';

/** A blocked pod is a harm of ours, so it is looked for this often. Milliseconds. */
const everyMilliseconds = 2_000;

/** Bound of the pods about which an Event was written. */
const maximumTold = 10_000;

export interface InjectionGuardOptions extends RecreateBareOptions {
  readonly cluster: Pick<Cluster, 'notReady' | 'injectedPods' | 'snapshotOf' | 'workloadUidOfPod'>;
  readonly notifier: Pick<Notifier, 'notify'>;
  readonly clusterName: string;
  /** ConfigMap with the suspensions, in the namespace of the release. */
  readonly configMap: string;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The guard while it runs. */
export interface InjectionGuard extends Stoppable {
  /** Whether new pods of a namespace may go without the agent, by any suspension that is not over. */
  isSuspendedIn(namespace: string): boolean;
}

/** Sees pods that our agent blocks, suspends injection for as long as it does, and lets them start without it. */
export function startInjectionGuard(options: InjectionGuardOptions): InjectionGuard {
  const { cluster, transport, clock, log, metrics, events, notifier, release, leads, configMap } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const recreator = makeBareRecreator(options);
  const told = new Set<string>();
  const records = makeReflector<{ readonly resourceVersion: string; readonly suspensions: readonly Suspension[] }>({
    ...options,
    collection: {
      path: `/api/v1/namespaces/${encodeURIComponent(release.namespace)}/configmaps`,
      metadataOnly: false,
      // The right to read is for this name alone, and holds only where it is asked for.
      fieldSelector: `metadata.name=${configMap}`,
    },
    project: (object) => {
      const { metadata, data } = object as KubeObject & { readonly data?: Readonly<Record<string, string>> };
      return { resourceVersion: metadata?.resourceVersion ?? '', suspensions: readSuspensions(data?.[suspensionsKey]) };
    },
    onChange: () => undefined,
  });

  const show = (suspensions: readonly Suspension[], troubles: readonly AgentTrouble[]): void => {
    const now = clock.now();
    const held = suspensions.filter((one) => suspensionState(one, now) === 'suspended');
    for (const reason of Object.keys(suspensionReasons) as SuspensionReason[]) {
      const everywhere = held.filter((one) => one.reason === reason && one.namespace === undefined).length;
      const single = held.filter((one) => one.reason === reason && one.namespace !== undefined).length;
      metrics.set('autopilot_injection_suspended', { scope: 'cluster', reason }, everywhere);
      metrics.set('autopilot_injection_suspended', { scope: 'namespace', reason }, single);
      const pods = troubles.filter((one) => one.reason === reason).length;
      metrics.set('autopilot_injection_blocked_pods', { reason }, pods);
    }
  };

  /** Once for each pod: what blocks it, and why it stays if it does. */
  const tell = (trouble: AgentTrouble): void => {
    const { pod, image, reason, detail } = trouble;
    if (told.has(pod.uid)) return;
    told.add(pod.uid);
    const [oldest] = told;
    if (told.size > maximumTold && oldest !== undefined) told.delete(oldest);
    const hold = recreationHold(trouble);
    log.warn({ namespace: pod.namespace, pod: pod.name, image, reason, detail, hold }, 'pod blocked by the agent');
    const stays = hold === undefined ? '' : ` It is not evicted (${hold}).`;
    events.warn(pod.namespace, pod, 'AgentBlocksPod', `${suspensionReasons[reason]} ${detail}.${stays}`);
  };

  const announce = (changed: readonly Suspension[], troubles: readonly AgentTrouble[]): void => {
    for (const suspension of changed) {
      const { image, namespace, reason, until, count, resumedAt } = suspension;
      const fields = { image, namespace, reason, until, count };
      if (resumedAt === undefined) log.error(fields, 'injection suspended');
      else log.info(fields, 'injection resumed');
      const blocked = troubles.find(
        (one) => one.image === image && one.pod.namespace === (namespace ?? one.pod.namespace),
      );
      const example = blocked && {
        namespace: blocked.pod.namespace,
        pod: blocked.pod.name,
        detail: blocked.detail,
      };
      notifier.notify(
        suspensionNotice({
          suspension,
          ...(resumedAt === undefined && example ? { example } : {}),
          cluster: options.clusterName,
          record: { namespace: release.namespace, name: configMap },
        }),
      );
    }
  };

  const round = async (): Promise<void> => {
    if (cluster.notReady() !== undefined || !records.synced()) return;
    const now = clock.now();
    const record = [...records.items.values()][0];
    const suspensions = record?.suspensions ?? [];
    const pods = [...cluster.injectedPods()];
    const troubles = pods.flatMap((pod) => troubleOf(pod, now) ?? []);
    show(suspensions, troubles);
    if (!leads()) return;
    for (const trouble of troubles) tell(trouble);
    const decision = decideSuspensions({ suspensions, troubles, pods, now });
    if (decision !== 'keep') {
      const where = { namespace: release.namespace, name: configMap, resourceVersion: record?.resourceVersion ?? '' };
      const result = await writeSuspensions(transport, where, decision.suspensions, signal);
      if (result === 'written') announce([...decision.suspended, ...decision.resumed], troubles);
    }
    await recreator.round(troubles, suspensions, signal);
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(everyMilliseconds, signal).catch(() => undefined);
      if (signal.aborted) return;
      await round().catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error, configMap }, 'blocked pods not looked at, tried again');
      });
    }
  };

  records.start();
  const running = run();
  return {
    name: 'injection guard',
    isSuspendedIn: (namespace) =>
      [...records.items.values()]
        .flatMap((record) => record.suspensions)
        .some((one) => (one.namespace ?? namespace) === namespace && suspensionState(one, clock.now()) !== 'over'),
    stop: async () => {
      stopping.abort();
      await Promise.all([running, records.stop()]);
    },
  };
}
