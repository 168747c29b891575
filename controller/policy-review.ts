import type { Logger } from '#runtime/logger.ts';
import { countBarePods } from './bare-pods.ts';
import { selectableLabels, selectPolicy } from './decide/policy.ts';
import type { PolicyStatusWriter } from './execute/policy-status.ts';
import type { Cluster } from './input/cluster.ts';

/** Counting whom a policy selects looks at every workload, so changes are gathered for this long. */
const everyMilliseconds = 5_000;

export interface PolicyReviewOptions {
  readonly cluster: Pick<Cluster, 'allPolicies' | 'workloads' | 'snapshotOf' | 'podsWithoutAgent' | 'workloadUidOfPod'>;
  /** Namespaces whose pods the webhook leaves alone, whatever their label says. */
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly writer: PolicyStatusWriter;
  readonly leads: () => boolean;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
}

/**
 * Tells in each policy's own status whether it can be used, how many workloads follow it, how many of their pods lack the
 * agent, and which other policy they follow instead.
 */
export function makePolicyReview(options: PolicyReviewOptions): { run(signal: AbortSignal): Promise<void> } {
  const { cluster, writer, leads, sleep, log } = options;
  const known = new Set<string>();

  const forgetGone = (uids: ReadonlySet<string>): void => {
    for (const uid of known) {
      if (uids.has(uid)) continue;
      writer.forget(uid);
      known.delete(uid);
    }
    for (const uid of uids) known.add(uid);
  };

  const review = async (signal: AbortSignal): Promise<void> => {
    const policies = cluster.allPolicies();
    forgetGone(new Set(policies.map(({ uid }) => uid)));
    if (policies.length === 0) return;
    const bare = countBarePods(cluster, options.excludedNamespaces);
    const facts = new Map(policies.map(({ uid }) => [uid, noFacts()]));
    for (const { uid } of cluster.workloads()) {
      const snapshot = cluster.snapshotOf(uid);
      if (snapshot === undefined) continue;
      const { winner, overridden } = selectPolicy(snapshot.policies, snapshot.namespace, selectableLabels(snapshot));
      if (winner === undefined) continue;
      const won = facts.get(winner.uid);
      if (won) {
        won.workloads += 1;
        won.podsWithoutAgent += bare.get(uid) ?? 0;
      }
      const name = winner.scope === 'cluster' ? winner.name : `${winner.namespace}/${winner.name}`;
      for (const policy of overridden) facts.get(policy.uid)?.overriddenBy.add(name);
    }
    for (const policy of policies) {
      const { overriddenBy, ...counts } = facts.get(policy.uid) ?? noFacts();
      await writer.write(policy, { ...counts, overriddenBy: [...overriddenBy] }, signal);
    }
  };

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        await sleep(everyMilliseconds, signal).catch(() => undefined);
        if (signal.aborted || !leads()) continue;
        await review(signal).catch((error: unknown) => log.warn({ err: error }, 'policies not reviewed'));
      }
    },
  };
}

function noFacts(): { workloads: number; podsWithoutAgent: number; overriddenBy: Set<string> } {
  return { workloads: 0, podsWithoutAgent: 0, overriddenBy: new Set() };
}
