import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import { AutopilotError } from '../errors.ts';
import type { Stoppable } from '../lifecycle.ts';
import type { Logger } from '../logger.ts';
import { backoffMilliseconds, reflectorBackoff, type BackoffShape } from './backoff.ts';
import { listAll, type Collection } from './list.ts';
import { objectKey, type KubeObject } from './object.ts';
import type { KubeTransport } from './transport.ts';
import { watchOnce, type WatchEnd, type WatchEvent } from './watch.ts';

/** How what is kept of an object differs from what was kept before. Both sides absent never happens. */
export interface StoreChange<Kept> {
  readonly key: string;
  readonly previous: Kept | undefined;
  readonly current: Kept | undefined;
}

export interface ReflectorTimes {
  /**
   * A watch that says nothing for this long is opened again from where it was. The API server's bookmarks come
   * about each 60 s, so waiting for one would break the bound of 60 s on seeing a half-open connection;
   * asking again costs an idle collection one request, and with the header deadline of 10 s stays below 60 s.
   */
  readonly silenceMilliseconds: number;
  /** Everything is listed anew this often, so that no lost event outlives it. */
  readonly relistMilliseconds: number;
  readonly backoff: BackoffShape;
}

const defaultTimes: ReflectorTimes = {
  silenceMilliseconds: 45_000,
  relistMilliseconds: 600_000,
  backoff: reflectorBackoff,
};

/** Failed watches in a row after which the collection is listed instead of resumed. */
const failuresBeforeRelist = 3;

export interface ReflectorOptions<Kept> {
  readonly collection: Collection;
  readonly transport: KubeTransport;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** Reduces an object to what is needed; undefined drops it. Must not throw: an object that makes it throw is skipped. */
  readonly project: (object: KubeObject, previous: Kept | undefined, observedAt: number) => Kept | undefined;
  /** Must only enqueue. */
  readonly onChange: (change: StoreChange<Kept>) => void;
  /** Called after each complete list; what depends on this collection may start after the first. */
  readonly onListed?: () => void;
  readonly times?: Partial<ReflectorTimes>;
}

/** A local copy of one collection of the API that follows it by list and watch. */
export interface Reflector<Kept> extends Stoppable {
  readonly items: ReadonlyMap<string, Kept>;
  start(): void;
  /** True once the first list has been read whole. */
  synced(): boolean;
  /** When the API last said anything about this collection, in milliseconds since the epoch; 0 before that. */
  contactAt(): number;
  /** Lists anew at once: needed when the projection's own rule changed. */
  relist(): void;
}

/** @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function makeReflector<Kept>(options: ReflectorOptions<Kept>): Reflector<Kept> {
  const { collection, transport, clock, log } = options;
  const times = { ...defaultTimes, ...options.times };
  const items = new Map<string, Kept>();
  const stopping = new AbortController();
  let synced = false;
  let contactAt = 0;
  let restartWatch = new AbortController();
  let mustList = true;
  let running: Promise<void> = Promise.resolve();

  const apply = (object: KubeObject, deleted: boolean): void => {
    const key = objectKey(object.metadata);
    const previous = items.get(key);
    let current: Kept | undefined;
    try {
      current = deleted ? undefined : options.project(object, previous, clock.now());
    } catch (cause) {
      const error = new AutopilotError('AP_RULE_FAILED', `an object of ${collection.path} could not be read`, {
        cause,
      });
      log.error({ err: error, key }, 'object skipped');
      return;
    }
    // Most changes of an object, such as a node's heartbeat, change nothing that we keep of it. Whoever heard of it
    // holds `previous`: keeping an equal one beside that would double the memory.
    if (isDeepStrictEqual(previous, current)) return;
    if (current === undefined) items.delete(key);
    else items.set(key, current);
    options.onChange({ key, previous, current });
  };

  const list = async (): Promise<string | WatchEnd> => {
    const seen = new Set<string>();
    try {
      const outcome = await listAll(transport, collection, stopping.signal, (object) => {
        seen.add(objectKey(object.metadata));
        apply(object, false);
      });
      if (!outcome.ok) return { end: 'refused', failure: outcome.failure };
      for (const [key, previous] of items) {
        if (seen.has(key)) continue;
        items.delete(key);
        options.onChange({ key, previous, current: undefined });
      }
      contactAt = clock.now();
      synced = true;
      options.onListed?.();
      return outcome.resourceVersion;
    } catch (cause) {
      return stopping.signal.aborted ? { end: 'stopped' } : { end: 'broken', cause };
    }
  };

  const run = async (): Promise<void> => {
    let resourceVersion = '';
    let failures = 0;
    let listedAt = 0;
    const onEvent = (event: WatchEvent): void => {
      failures = 0;
      resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
      if (event.type !== 'BOOKMARK') apply(event.object, event.type === 'DELETED');
    };
    while (!stopping.signal.aborted) {
      let end: WatchEnd;
      restartWatch = new AbortController();
      if (mustList || clock.now() - listedAt >= times.relistMilliseconds) {
        mustList = false;
        const listed = await list();
        if (typeof listed === 'string') {
          resourceVersion = listed;
          listedAt = clock.now();
          failures = 0;
          continue;
        }
        mustList = true;
        end = listed;
      } else {
        const startedAt = clock.now();
        const relistDue = setTimeout(() => restartWatch.abort(), listedAt + times.relistMilliseconds - startedAt);
        end = await watchOnce(transport, collection, {
          resourceVersion,
          timeoutSeconds: 300 + Math.floor(options.random() * 300),
          silenceMilliseconds: times.silenceMilliseconds,
          signal: AbortSignal.any([stopping.signal, restartWatch.signal]),
          onContact: () => void (contactAt = clock.now()),
          onEvent,
        });
        clearTimeout(relistDue);
        // A server that closes each watch at once must not be asked in a tight loop.
        if (end.end === 'finished' && clock.now() - startedAt < times.backoff.firstMilliseconds) {
          end = { end: 'broken', cause: new Error('the watch was closed at once') };
        }
      }
      switch (end.end) {
        case 'finished':
        case 'silent':
          log.debug({ path: collection.path, end: end.end }, 'watch opened again');
          break;
        case 'stopped':
          break;
        case 'expired':
          mustList = true;
          break;
        case 'refused':
        case 'broken': {
          failures += 1;
          mustList ||= failures >= failuresBeforeRelist;
          await pause(end, failures);
          break;
        }
      }
    }
  };

  const pause = async (end: Extract<WatchEnd, { end: 'refused' | 'broken' }>, failures: number): Promise<void> => {
    const retryAfterSeconds = end.end === 'refused' ? end.failure.retryAfterSeconds : end.retryAfterSeconds;
    const waitMilliseconds = backoffMilliseconds(times.backoff, failures, options.random(), retryAfterSeconds ?? 0);
    const cause = end.end === 'refused' ? new Error(`${end.failure.status} ${end.failure.message}`) : end.cause;
    const error = new AutopilotError('AP_KUBERNETES_WATCH', `following ${collection.path} was interrupted`, { cause });
    log.warn({ err: error, waitSeconds: waitMilliseconds / 1000, failures }, 'watch interrupted');
    await clock.sleep(waitMilliseconds, stopping.signal).catch(() => undefined);
  };

  return {
    name: `reflector ${collection.path}`,
    items,
    start: () => void (running = run()),
    synced: () => synced,
    contactAt: () => contactAt,
    relist: () => {
      mustList = true;
      restartWatch.abort();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
