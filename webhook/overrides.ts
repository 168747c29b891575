import { overrideProblems, overrideResource } from '#contract/admission-override.ts';
import { apiVersion } from '#contract/annotations.ts';
import { objectAt, objectsAt, type JsonObject } from '#contract/json.ts';
import { secondTime } from '#contract/micro-time.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeReflector } from '#runtime/kubernetes/reflector.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeWorkQueue } from '#runtime/kubernetes/work-queue.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { readOverride, type Override, type OverrideCaps, type OverrideReading } from './override.ts';

/** Overrides are a few and short-lived: one for each incident that needs one. */
const maximumWaiting = 1_000;
const acknowledgers = 4;
const acknowledgeTimeoutMilliseconds = 15_000;

/** Not longer: without its definition in the API no override could ever be read, and pods are to be injected all the same. */
const patienceMilliseconds = 30_000;

export interface OverridesOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Name of this pod, under which it acknowledges. */
  readonly podName: string;
  readonly caps: OverrideCaps;
  readonly isExcluded: (namespace: string) => boolean;
}

/** The overrides of the cluster in memory. Each is acknowledged in its status only once it is there. */
export interface Overrides {
  start(): void;
  stop(): Promise<void>;
  /** Every usable override that names this uid, of whatever namespace. */
  of(ownerUid: string): readonly Override[];
  /**
   * Why the process should not count as ready yet, for a bounded time after the start only: whoever replaces a pod relies
   * on what ready replicas hold, and a container that was restarted finds its acknowledgements of before.
   */
  notReady(): string | undefined;
}

interface Held {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly reading: OverrideReading;
  readonly acknowledged: boolean;
}

export function makeOverrides(options: OverridesOptions): Overrides {
  const { transport, clock, log, metrics, podName, caps, isExcluded } = options;
  const byOwner = new Map<string, readonly Override[]>();
  let startedAt = clock.now();

  const index = (previous: Held | undefined, current: Held | undefined): void => {
    for (const one of [previous, current]) {
      if (one === undefined || !('override' in one.reading)) continue;
      const { override } = one.reading;
      const { uid } = override.owner;
      const others = (byOwner.get(uid) ?? []).filter(
        ({ namespace, name }) => namespace !== one.namespace || name !== one.name,
      );
      const now = one === current ? [...others, override] : others;
      if (now.length === 0) byOwner.delete(uid);
      else byOwner.set(uid, now);
    }
  };

  const show = (): void => {
    const all = [...reflector.items.values()];
    const usable = all.filter(({ reading }) => 'override' in reading).length;
    metrics.set('autopilot_overrides', { accepted: 'true' }, usable);
    metrics.set('autopilot_overrides', { accepted: 'false' }, all.length - usable);
  };

  const reflector = makeReflector<Held>({
    ...options,
    collection: { path: `/apis/${apiVersion}/${overrideResource.plural}`, metadataOnly: false },
    project: (object) => project(object, caps, isExcluded, podName),
    onChange: ({ key, previous, current }) => {
      index(previous, current);
      show();
      if (current === undefined) missed.delete(key);
      else if (!current.acknowledged) acknowledging.add(key);
      if (previous !== undefined || current === undefined || !('problem' in current.reading)) return;
      const { problem } = current.reading;
      metrics.increment('autopilot_overrides_ignored_total', { reason: problem });
      log.warn({ override: key, reason: problem, meaning: overrideProblems[problem] }, 'override ignored');
    },
  });

  const acknowledge = async (key: string, signal: AbortSignal): Promise<void> => {
    const held = reflector.items.get(key);
    if (held === undefined || held.acknowledged) return;
    const { namespace, name } = held;
    const answer = await transport.request({
      method: 'PATCH',
      path: `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${overrideResource.plural}/${encodeURIComponent(name)}/status`,
      query: { fieldManager: podName, force: true },
      contentType: 'application/apply-patch+yaml',
      body: acknowledgement(held, podName, clock.now()),
      signal,
    });
    if (answer.ok) return metrics.increment('autopilot_overrides_acknowledged_total', { result: 'written' });
    // Deleted, or made anew under the same name: the watch brings the other one.
    if (answer.status === 404 || answer.status === 409) {
      return metrics.increment('autopilot_overrides_acknowledged_total', { result: 'gone' });
    }
    throw new AutopilotError('AP_KUBERNETES_REQUEST', `acknowledge override: ${answer.status} ${answer.message}`);
  };

  // Found no room to wait, and are added again when all that had room are under way. Never more than are held.
  const missed = new Set<string>();
  const addMissed = (): void => {
    if (missed.size === 0 || acknowledging.depth() > 0) return;
    // No more than there is room for now that those before them are under way.
    for (const key of [...missed].slice(0, maximumWaiting - acknowledgers)) {
      missed.delete(key);
      acknowledging.add(key);
    }
  };

  const acknowledging = makeWorkQueue({
    handle: (key, signal) => acknowledge(key, signal).finally(addMissed),
    clock,
    concurrency: acknowledgers,
    maximumKeys: maximumWaiting,
    handleTimeoutMilliseconds: acknowledgeTimeoutMilliseconds,
    onDropped: (key) => {
      missed.add(key);
      metrics.increment('autopilot_overrides_acknowledged_total', { result: 'dropped' });
    },
    onFailure: ({ key, error, failures }) => {
      metrics.increment('autopilot_overrides_acknowledged_total', { result: 'failed' });
      log.warn({ err: error, override: key, failures }, 'override not acknowledged');
    },
  });

  return {
    start: () => {
      startedAt = clock.now();
      reflector.start();
    },
    stop: async () => void (await Promise.all([reflector.stop(), acknowledging.stop()])),
    of: (ownerUid) => byOwner.get(ownerUid) ?? [],
    notReady: () => {
      const waited = clock.now() - startedAt;
      const isPatient = waited >= 0 && waited < patienceMilliseconds;
      return isPatient && !reflector.synced() ? 'overrides are not known yet' : undefined;
    },
  };
}

function project(
  object: KubeObject,
  caps: OverrideCaps,
  isExcluded: (namespace: string) => boolean,
  podName: string,
): Held {
  const json = object as JsonObject;
  const { uid = '', namespace = '', name = '' } = object.metadata ?? {};
  const acknowledged = objectsAt(objectAt(json, 'status'), 'acknowledgedBy').some(({ pod }) => pod === podName);
  return { uid, namespace, name, reading: readOverride(json, caps, isExcluded), acknowledged };
}

/**
 * What this replica applies to the status, its own entry and the verdict that all replicas share. The uid is a
 * precondition: an override of the same name that was made meanwhile has not been read.
 */
function acknowledgement({ uid, namespace, name, reading }: Held, pod: string, now: number): JsonObject {
  const at = secondTime(now);
  const verdict =
    'problem' in reading
      ? { status: 'False', reason: reading.problem, message: overrideProblems[reading.problem] }
      : { status: 'True', reason: 'Accepted', message: 'New pods of the owner are changed until it expires.' };
  return {
    apiVersion,
    kind: overrideResource.kind,
    metadata: { namespace, name, uid },
    status: {
      acknowledgedBy: [{ pod, acknowledgedAt: at }],
      conditions: [{ type: 'Accepted', lastTransitionTime: at, ...verdict }],
    },
  };
}
