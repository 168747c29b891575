import { apiVersion } from '#contract/annotations.ts';
import { secondTime } from '#contract/micro-time.ts';
import type { PolicyCondition, PolicyStatus } from '#contract/policy-status.ts';
import { clusterPolicyResource, policyResource } from '#contract/policy.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { PolicySnapshot } from '../model/policy.ts';
import { policyConditions, type ConditionVerdict, type PolicyFacts } from './policy-conditions.ts';

export interface PolicyStatusWriterOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onResult: (result: 'written' | 'unchanged' | 'failed') => void;
}

/** Tells people on the policy itself whether it can be used and whether it holds for anything. */
export interface PolicyStatusWriter {
  /** Writes when something differs from what was written last. A failure is logged and tried again by the next call. Never rejects. */
  write(policy: PolicySnapshot, facts: PolicyFacts, signal: AbortSignal): Promise<void>;
  /** For a policy that is gone. */
  forget(uid: string): void;
}

interface Written {
  readonly conditions: readonly PolicyCondition[];
  /** The status as it was sent. */
  readonly text: string;
}

/**
 * Patches without asking what is there: only the leader writes, and all of it. What was written is kept in memory, so
 * that `lastTransitionTime` tells when the verdict changed; after a restart it tells when this leader first saw it.
 */
export function makePolicyStatusWriter(options: PolicyStatusWriterOptions): PolicyStatusWriter {
  const { transport, clock, log, onResult } = options;
  const lastWritten = new Map<string, Written>();

  const patch = async (policy: PolicySnapshot, status: PolicyStatus, signal: AbortSignal): Promise<void> => {
    const answer = await transport.request({
      method: 'PATCH',
      path: `${policyPath(policy)}/status`,
      contentType: 'application/merge-patch+json',
      body: { status },
      signal,
    });
    if (!answer.ok) throw new AutopilotError('AP_KUBERNETES_REQUEST', `${answer.status} ${answer.message}`);
  };

  return {
    write: async (policy, facts, signal) => {
      const last = lastWritten.get(policy.uid);
      const conditions = policyConditions(policy, facts).map((verdict) =>
        dated(verdict, policy.generation, last?.conditions ?? [], clock.now()),
      );
      const { workloads, podsWithoutAgent } = facts;
      const status = { observedGeneration: policy.generation, conditions, workloads, podsWithoutAgent };
      const text = JSON.stringify(status);
      if (text === last?.text) {
        onResult('unchanged');
        return;
      }
      try {
        await patch(policy, status, signal);
        lastWritten.set(policy.uid, { conditions, text });
        onResult('written');
      } catch (error) {
        onResult('failed');
        log.warn({ err: error, namespace: policy.namespace, policy: policy.name }, 'policy status not written');
      }
    },
    forget: (uid) => {
      lastWritten.delete(uid);
    },
  };
}

/** A condition keeps its time for as long as its status stays what it was. */
function dated(
  verdict: ConditionVerdict,
  observedGeneration: number,
  last: readonly PolicyCondition[],
  now: number,
): PolicyCondition {
  const before = last.find(({ type }) => type === verdict.type);
  const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : secondTime(now);
  return { ...verdict, observedGeneration, lastTransitionTime };
}

function policyPath({ scope, namespace, name }: PolicySnapshot): string {
  const collection =
    scope === 'cluster'
      ? clusterPolicyResource.plural
      : `namespaces/${encodeURIComponent(namespace)}/${policyResource.plural}`;
  return `/apis/${apiVersion}/${collection}/${encodeURIComponent(name)}`;
}
