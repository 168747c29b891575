import { trustConfigMapName, trustKey } from '#contract/trust.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeReflector } from '#runtime/kubernetes/reflector.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Stoppable } from '#runtime/lifecycle.ts';
import type { Logger } from '#runtime/logger.ts';
import type { TrustKeeper } from './execute/trust-keeper.ts';
import type { Cluster } from './input/cluster.ts';

/** A new namespace's first pods have the authorities from their injection; the file is for later rotations. */
const everyMilliseconds = 5_000;

export interface TrustOptions {
  readonly cluster: Pick<Cluster, 'notReady' | 'optedInNamespaces'>;
  readonly keeper: TrustKeeper;
  /** PEM; empty while it is not known. */
  readonly authorities: () => string;
  readonly leads: () => boolean;
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Compares the agents' authorities in each namespace with those in service, for as long as we lead. */
export function startTrust(options: TrustOptions): Stoppable {
  const { cluster, keeper, authorities, leads, clock, log } = options;
  const stopping = new AbortController();
  const maps = makeReflector<{ readonly namespace: string; readonly text: string }>({
    ...options,
    collection: {
      path: '/api/v1/configmaps',
      metadataOnly: false,
      // The right to read is for this name alone, and holds only where it is asked for.
      fieldSelector: `metadata.name=${trustConfigMapName}`,
    },
    project: (object) => {
      const { metadata, data } = object as KubeObject & { readonly data?: Readonly<Record<string, string>> };
      const namespace = metadata?.namespace;
      return namespace === undefined ? undefined : { namespace, text: data?.[trustKey] ?? '' };
    },
    onChange: () => undefined,
  });

  const run = async (): Promise<void> => {
    const { signal } = stopping;
    while (!signal.aborted) {
      await clock.sleep(everyMilliseconds, signal).catch(() => undefined);
      const ready = leads() && maps.synced() && cluster.notReady() === undefined && authorities() !== '';
      if (signal.aborted || !ready) continue;
      const found = new Map([...maps.items.values()].map(({ namespace, text }) => [namespace, text]));
      await keeper.round({ wanted: cluster.optedInNamespaces(), found, authorities: authorities() }, signal);
    }
  };

  maps.start();
  const running = run().catch((error: unknown) => log.error({ err: error }, 'agents’ authorities are not kept'));
  return {
    name: 'trust',
    stop: async () => {
      stopping.abort();
      await Promise.all([running, maps.stop()]);
    },
  };
}
