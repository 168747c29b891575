import type { Suspension } from '#contract/suspension.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { troubleOf, type AgentTrouble } from './decide/agent-trouble.ts';
import { decideRecreations, type Recreation } from './decide/recreation.ts';
import type { ActContext } from './execute/context.ts';
import type { EventRecorder } from './execute/event-recorder.ts';
import { execute } from './execute/execute.ts';
import type { Cluster } from './input/cluster.ts';
import { projectPod } from './input/projections/pod.ts';
import type { Outcome } from './model/outcome.ts';

/** A pod whose eviction was refused or failed is not asked about again for so long. Milliseconds. */
const retryMilliseconds = 30_000;

/** Bound of what is remembered of pods and owners; the oldest go first. */
const maximumRemembered = 10_000;

export interface RecreateBareOptions {
  readonly cluster: Pick<Cluster, 'snapshotOf' | 'workloadUidOfPod'>;
  readonly transport: KubeTransport;
  readonly agents: ActContext['agents'];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly events: Pick<EventRecorder, 'warn'>;
  readonly release: ActContext['release'];
  readonly leads: () => boolean;
}

/** Evicts pods that the agent blocks, so that they come back without it, within the bounds of the decision. */
export interface BareRecreator {
  round(troubles: readonly AgentTrouble[], suspensions: readonly Suspension[], signal: AbortSignal): Promise<void>;
}

export function makeBareRecreator(options: RecreateBareOptions): BareRecreator {
  const { cluster, clock, log, metrics, events, leads } = options;
  const notBefore = new Map<string, number>();
  const comebacks = new Map<string, number>();
  let evictedAt: readonly number[] = [];

  const evict = async ({ trouble }: Recreation, signal: AbortSignal): Promise<Outcome> => {
    const { pod } = trouble;
    const workload = cluster.snapshotOf(cluster.workloadUidOfPod(pod.uid) ?? '')?.workload;
    if (workload === undefined)
      return { result: 'refused', reason: 'target-changed', message: 'Its owner is not known.' };
    const context: ActContext = {
      ...options,
      signal,
      leading: leads,
      undoing: true,
      workload,
      stillFailing: (live) => troubleOf(projectPod(live, pod, clock.now()), clock.now()) !== undefined,
      incident: '',
      intentId: `injection-${pod.uid}`,
      intendedAt: clock.now(),
    };
    const { namespace, name: podName, uid: podUid } = pod;
    try {
      return await execute([{ kind: 'evict-pod', namespace, podName, podUid }], context);
    } catch (error) {
      return { result: 'failed', message: String(error) };
    }
  };

  const one = async (recreation: Recreation, signal: AbortSignal): Promise<void> => {
    const { pod, image, reason, detail } = recreation.trouble;
    const outcome = await evict(recreation, signal);
    metrics.increment('autopilot_injection_recreated_total', { result: outcome.result });
    const fields = { namespace: pod.namespace, pod: pod.name, image, reason, detail, message: outcome.message };
    if (outcome.result !== 'done') {
      remember(notBefore, pod.uid, clock.now() + retryMilliseconds);
      const refusal = outcome.result === 'refused' ? outcome.reason : undefined;
      log.warn({ ...fields, result: outcome.result, refusal }, 'pod blocked by the agent not re-created');
      return;
    }
    evictedAt = [...evictedAt.filter((at) => clock.now() - at < 60_000), clock.now()];
    if (recreation.cameBack) remember(comebacks, recreation.ownerUid, (comebacks.get(recreation.ownerUid) ?? 0) + 1);
    log.info(fields, 'pod blocked by the agent evicted, to start without it');
    const sentence = `The agent kept this pod from running (${detail || reason}); it was evicted so that its owner makes it anew without the agent.`;
    events.warn(pod.namespace, pod, 'RecreatedWithoutAgent', sentence);
  };

  return {
    round: async (troubles, suspensions, signal) => {
      const input = { troubles, suspensions, evictedAt, notBefore, comebacks, now: clock.now() };
      for (const recreation of decideRecreations(input)) {
        if (signal.aborted || !leads()) return;
        await one(recreation, signal);
      }
    },
  };
}

function remember(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > maximumRemembered && oldest !== undefined) map.delete(oldest);
}
