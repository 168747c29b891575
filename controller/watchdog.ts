import { recreationStates } from '#contract/vocabulary.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Stoppable } from '#runtime/lifecycle.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { countBarePods } from './bare-pods.ts';
import { decideRecreation, type Recreation } from './decide/recreate.ts';
import type { ActContext } from './execute/context.ts';
import type { EventRecorder } from './execute/event-recorder.ts';
import { execute } from './execute/execute.ts';
import type { Cluster } from './input/cluster.ts';
import { projectPod } from './input/projections/pod.ts';
import type { AgentCommands } from './model/agent-commands.ts';
import type { Limits } from './model/limits.ts';
import type { NamedAction, WorkloadSnapshot } from './model/snapshot.ts';

const everyMilliseconds = 5_000;

/** At most six evictions a minute in the whole cluster. */
const gapMilliseconds = 10_000;

/** A workload whose eviction was refused or failed is not asked for again so soon. */
const refusedMilliseconds = 60_000;

/** How long an eviction counts for the budget, and is remembered where nothing without the agent is left. */
const rememberedMilliseconds = 3_600_000;

/** Longer than the deadlines of an eviction's requests together. */
const evictionTimeoutMilliseconds = 60_000;

/** A namespace of a thousand workloads that is labelled does not push other Events out. */
const maximumEventsPerRound = 20;

export interface WatchdogOptions {
  readonly cluster: Pick<
    Cluster,
    'notReady' | 'podsWithoutAgent' | 'workloadUidOfPod' | 'snapshotOf' | 'allPolicies' | 'injectingSince'
  >;
  /** Namespaces whose pods the webhook leaves alone, whatever their label says. */
  readonly excludedNamespaces: ReadonlySet<string>;
  /** Whether injection holds itself back there: what was evicted now would come back without the agent again. */
  readonly isSuspendedIn: (namespace: string) => boolean;
  readonly transport: KubeTransport;
  readonly agents: AgentCommands;
  readonly events: Pick<EventRecorder, 'warn' | 'warnOn'>;
  readonly limits: Limits;
  readonly release: ActContext['release'];
  readonly leads: () => boolean;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Counts and tells which pods should carry the agent and don't, and has them re-created where a policy says so. */
export interface Watchdog {
  /** Looks at all of them once. Never rejects for what the API server answers. */
  round(signal: AbortSignal): Promise<void>;
}

type Due = Extract<Recreation, { readonly recreation: 'due' }> & { readonly snapshot: WorkloadSnapshot };

export function makeWatchdog(options: WatchdogOptions): Watchdog {
  const { cluster, events, limits, clock, metrics, log } = options;
  /** By uid of the workload: what people were told last. Holds no more than what lacks the agent now. */
  const told = new Map<string, string>();
  const evictions = new Map<string, NamedAction>();
  const recent: NamedAction[] = [];
  const askAgainAt = new Map<string, number>();
  let nextAt = 0;

  const forget = (present: ReadonlyMap<string, number>, now: number): void => {
    while (recent[0] && now - recent[0].at >= rememberedMilliseconds) recent.shift();
    for (const uid of told.keys()) if (!present.has(uid)) told.delete(uid);
    for (const [uid, { at }] of evictions) {
      if (!present.has(uid) && now - at >= rememberedMilliseconds) evictions.delete(uid);
    }
    for (const [uid, at] of askAgainAt) if (now >= at) askAgainAt.delete(uid);
  };

  const tell = (uid: string, count: number, snapshot: WorkloadSnapshot, decision: Recreation): boolean => {
    const stopped = decision.recreation === 'stopped';
    const what = stopped ? 'stopped' : 'found';
    if (told.get(uid) === what || (told.has(uid) && !stopped)) return false;
    told.set(uid, what);
    const message = `${count} of its pods ${count === 1 ? 'runs' : 'run'} without the agent. ${sentenceOf(decision)}`;
    const { namespace, workload } = snapshot;
    log.warn(
      { namespace, workload: workload.name, kind: workload.kind, count, ...reasonOf(decision) },
      'pods without agent',
    );
    events.warnOn(namespace, workload, stopped ? 'AgentRecreationStopped' : 'AgentMissing', message);
    return true;
  };

  const evict = async ({ pod, actions, snapshot }: Due, signal: AbortSignal): Promise<void> => {
    const { namespace, workload } = snapshot;
    const now = clock.now();
    nextAt = now + gapMilliseconds;
    const outcome = await execute(actions, {
      ...options,
      signal: AbortSignal.any([signal, AbortSignal.timeout(evictionTimeoutMilliseconds)]),
      leading: options.leads,
      stillFailing: (live) => projectPod(live, undefined, now).lacksAgent !== undefined,
      workload: snapshot.owner?.reference ?? workload,
      incident: '',
      intentId: `recreate.${pod.uid}`,
      intendedAt: now,
    });
    metrics.increment('autopilot_actions_total', { action: 'evict-pod', result: outcome.result });
    const fields = { namespace, pod: pod.name, workload: workload.name, result: outcome.result };
    if (outcome.result !== 'done') {
      askAgainAt.set(workload.uid, now + refusedMilliseconds);
      log.info({ ...fields, message: outcome.message }, 'pod without agent not evicted');
      return;
    }
    const action = { at: outcome.sentAt, namespace, workloadUid: workload.uid, helped: undefined };
    evictions.set(workload.uid, action);
    recent.push(action);
    log.info(fields, 'pod without agent evicted');
    const message = `Pod ${pod.name} was evicted, so that the pod that takes its place carries the agent.`;
    events.warn(namespace, pod, 'AgentRecreation', message);
    events.warnOn(namespace, workload, 'AgentRecreation', message);
  };

  const attempt = async (next: Due, signal: AbortSignal): Promise<void> => {
    try {
      await evict(next, signal);
    } catch (error) {
      const { namespace, workload } = next.snapshot;
      askAgainAt.set(workload.uid, clock.now() + refusedMilliseconds);
      log.warn({ err: error, namespace, pod: next.pod.name }, 'pod without agent not evicted');
    }
  };

  const decide = (uid: string, snapshot: WorkloadSnapshot | undefined, now: number): Recreation => {
    if (snapshot === undefined) return { recreation: 'never' };
    const injectingSince = options.isSuspendedIn(snapshot.namespace) ? undefined : cluster.injectingSince();
    const evictedAt = evictions.get(uid)?.at;
    return decideRecreation({ snapshot, limits, evictions: recent, evictedAt, injectingSince, now });
  };

  return {
    round: async (signal) => {
      const now = clock.now();
      const ready = options.leads() && cluster.notReady() === undefined;
      const present = ready ? countBarePods(cluster, options.excludedNamespaces) : new Map<string, number>();
      if (ready) forget(present, now);
      const pods = new Map(recreationStates.map((state) => [state, 0]));
      const due: Due[] = [];
      const anyPolicy = cluster.allPolicies().some(({ recreate }) => recreate === 'Evict');
      let tellings = 0;
      for (const [uid, count] of present) {
        const asked = anyPolicy || (!told.has(uid) && tellings < maximumEventsPerRound);
        const snapshot = asked ? cluster.snapshotOf(uid) : undefined;
        const decision = decide(uid, snapshot, now);
        pods.set(decision.recreation, (pods.get(decision.recreation) ?? 0) + count);
        if (snapshot && tellings < maximumEventsPerRound && tell(uid, count, snapshot, decision)) tellings += 1;
        if (snapshot && decision.recreation === 'due' && !askAgainAt.has(uid)) due.push({ ...decision, snapshot });
      }
      for (const [recreation, count] of pods) metrics.set('autopilot_pods_without_agent', { recreation }, count);
      // The one that has waited longest, so that a large workload does not hold all others up.
      const waited = ({ snapshot }: Due): number => evictions.get(snapshot.workload.uid)?.at ?? 0;
      const [next] = due.toSorted((one, other) => waited(one) - waited(other));
      if (next && now >= nextAt) await attempt(next, signal);
    },
  };
}

/** Goes round for as long as the process lives; a standby counts and does nothing. */
export function startWatchdog(options: WatchdogOptions): Stoppable {
  const { clock, log } = options;
  const watchdog = makeWatchdog(options);
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(everyMilliseconds, signal).catch(() => undefined);
      if (signal.aborted) return;
      // One round that fails must not be the last one.
      await watchdog.round(signal).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, 'pods without agent not looked for, tried again');
      });
    }
  };
  const running = run();
  return {
    name: 'watchdog',
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function reasonOf(decision: Recreation): { readonly reason?: string } {
  return 'reason' in decision ? { reason: decision.reason } : {};
}

function sentenceOf(decision: Recreation): string {
  switch (decision.recreation) {
    case 'never':
      return 'They are older than the label of their namespace, or no webhook answered when they were created. A rollout, or a policy with injection.recreate, gives them one.';
    case 'held':
    case 'stopped':
      return `They are left alone (${decision.reason}): ${decision.message}`;
    case 'due':
      return 'They are evicted one at a time, so that new ones take their place.';
  }
}
