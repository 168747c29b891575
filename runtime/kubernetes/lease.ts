import { microTime } from '#contract/micro-time.ts';
import type { Clock } from '../clock.ts';
import { AutopilotError } from '../errors.ts';
import type { Stoppable } from '../lifecycle.ts';
import type { Logger } from '../logger.ts';
import {
  leaseError,
  makeLeaseRecord,
  releasedSpec,
  takenSpec,
  type Lease,
  type LeasePatience,
  type LeaseSpec,
} from './lease-record.ts';
import type { KubeTransport } from './transport.ts';

/**
 * client-go's constants of leader election. A candidate waits out the whole lease, a leader trusts itself only until
 * the renew deadline: the 5 s between them are what clocks of different speed and slow writes may use up.
 */
const leaseMilliseconds = 15_000;
const renewDeadlineMilliseconds = 10_000;
const retryMilliseconds = 2_000;

/** client-go's JitterFactor: candidates come after 2 to 4.4 s, so that they do not come together. */
const candidateJitter = 1.2;

/** Half the renew deadline, so that one request that hangs leaves time for another. */
const requestTimeoutMilliseconds = renewDeadlineMilliseconds / 2;

/** The release is a courtesy to the successor; a stop must not hang on it. */
const releaseTimeoutMilliseconds = 2_000;

const httpNotFound = 404;
const httpConflict = 409;

/**
 * Why a leader leads no more. `deadline-passed`: no renewal was confirmed in time, or the process was not running.
 * `superseded`: the Lease names someone else. `start-failed`: what had to start with the leadership threw.
 */
export type LeadershipLoss = 'deadline-passed' | 'superseded' | 'start-failed';

export interface LeadershipOptions {
  /** Its own, so that a burst of other requests never holds up a renewal. */
  readonly transport: KubeTransport;
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone among all that run: the pod's name does, since a kubelet runs its container once. */
  readonly identity: string;
  readonly clock: Clock;
  /** Milliseconds of a clock that never jumps and goes on while the process is stopped. */
  readonly monotonic: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly onAcquired: (epoch: number) => void | Promise<void>;
  /** Called at most once; the process is expected to exit, since this never leads again. Not called by `stop`. */
  readonly onLost: (why: LeadershipLoss) => void;
}

/** One process among several that is told whether it alone may act. */
export interface Leadership extends Stoppable {
  start(): void;
  /**
   * Number of the reign while this process surely leads, by its own monotonic clock; undefined otherwise. It grows
   * with each reign, also of the same identity. To be asked just before each act: it compares two numbers.
   */
  epoch(): number | undefined;
  /** Who leads, as last seen; empty while unknown or nobody. */
  holder(): string;
  /** Stops to lead and gives the Lease back, so that a successor need not wait it out. */
  stop(): Promise<void>;
}

interface Reign {
  readonly epoch: number;
  /** The Lease as it was when last seen or written in this reign. */
  readonly lease: Lease;
  /** Monotonic: the moment before the last confirmed renewal was sent, plus the renew deadline. */
  readonly validUntil: number;
}

/**
 * Leader election on a Lease. Times in it are ignored: a candidate takes over when it saw one version of it unchanged
 * for the whole lease, by its own clock. Deleting a held Lease by hand lets a second process lead for a moment.
 *
 * @see k8s.io/client-go/tools/leaderelection
 */
export function makeLeadership(options: LeadershipOptions): Leadership {
  const { identity, clock, monotonic, log } = options;
  const record = makeLeaseRecord(options.transport, options.namespace, options.name);
  const stopping = new AbortController();
  const patience: LeasePatience = { timeoutMilliseconds: requestTimeoutMilliseconds, signal: stopping.signal };
  let seen: { readonly lease: Lease; readonly since: number } | undefined;
  let reign: Reign | undefined;
  let lost: LeadershipLoss | undefined;
  let running: Promise<void> = Promise.resolve();

  const ended = (): boolean => lost !== undefined || stopping.signal.aborted;

  const observe = (lease: Lease): void => {
    const same = seen?.lease.metadata?.resourceVersion === lease.metadata?.resourceVersion;
    seen = { lease, since: same && seen ? seen.since : monotonic() };
  };

  const holder = (): string => seen?.lease.spec?.holderIdentity ?? '';

  /** A Lease that is ours without a reign is left over from a process that this one replaced. */
  const mayTake = (): boolean =>
    seen === undefined || holder() === '' || holder() === identity || monotonic() - seen.since >= leaseMilliseconds;

  const lose = (why: LeadershipLoss): void => {
    if (lost !== undefined || stopping.signal.aborted) return;
    lost = why;
    log.error({ identity, epoch: reign?.epoch, holder: holder(), reason: why }, 'leadership lost');
    options.onLost(why);
  };

  const retryAfter = (error: unknown): undefined => {
    if (!ended()) log.warn({ err: error, identity }, 'lease request failed');
    return undefined;
  };

  const acquire = async (): Promise<Reign | undefined> => {
    const found = await record.read(patience);
    if (found.ok) observe(found.body);
    else if (found.status !== httpNotFound) throw leaseError('reading the lease', found);
    // A Lease that was deleted under its holder is waited out like one that is held.
    if (!mayTake()) return undefined;
    const epoch = (seen?.lease.spec?.leaseTransitions ?? 0) + 1;
    const spec = takenSpec(identity, epoch, leaseMilliseconds / 1000, clock.now());
    const validUntil = monotonic() + renewDeadlineMilliseconds;
    const taken = found.ok ? await record.swap(found.body, spec, patience) : await record.create(spec, patience);
    if (!taken.ok) {
      if (taken.status === httpConflict) return undefined;
      throw leaseError('taking the lease', taken);
    }
    observe(taken.body);
    return monotonic() < validUntil ? { epoch, lease: taken.body, validUntil } : undefined;
  };

  /** Writes to the Lease of the reign; a version that is not ours any more ends it, an unconfirmed write of ours not. */
  const write = async (current: Reign, spec: LeaseSpec, within: LeasePatience): Promise<Lease | undefined> => {
    const first = await record.swap(current.lease, spec, within);
    if (first.ok) return first.body;
    if (first.status !== httpConflict && first.status !== httpNotFound) throw leaseError('writing the lease', first);
    const found = await record.read(within);
    if (!found.ok && found.status !== httpNotFound) throw leaseError('reading the lease', found);
    if (found.ok) {
      observe(found.body);
      if (holder() !== identity || found.body.spec?.leaseTransitions !== current.epoch) return undefined;
    }
    const second = found.ok ? await record.swap(found.body, spec, within) : await record.create(spec, within);
    if (!second.ok) throw leaseError('writing the lease', second);
    return second.body;
  };

  const renew = async (current: Reign): Promise<void> => {
    const sentAt = monotonic();
    const timeoutMilliseconds = Math.min(requestTimeoutMilliseconds, Math.max(1, current.validUntil - sentAt));
    const spec = { ...current.lease.spec, renewTime: microTime(clock.now()) };
    const lease = await write(current, spec, { ...patience, timeoutMilliseconds });
    if (lease === undefined) return lose('superseded');
    observe(lease);
    reign = { ...current, lease, validUntil: sentAt + renewDeadlineMilliseconds };
  };

  const announce = async (epoch: number): Promise<void> => {
    log.info({ identity, epoch }, 'leadership acquired');
    try {
      await options.onAcquired(epoch);
    } catch (cause) {
      log.error({ err: cause, epoch }, 'start of the leader failed');
      lose('start-failed');
    }
  };

  const pause = (milliseconds: number): Promise<void> =>
    clock.sleep(milliseconds, stopping.signal).catch(() => undefined);

  const run = async (): Promise<void> => {
    while (!ended()) {
      reign = await acquire().catch(retryAfter);
      if (reign !== undefined) break;
      await pause(retryMilliseconds * (1 + candidateJitter * options.random()));
    }
    if (reign === undefined || ended()) return;
    void announce(reign.epoch);
    while (!ended()) {
      await pause(Math.min(retryMilliseconds, Math.max(0, reign.validUntil - monotonic())));
      if (ended()) return;
      if (monotonic() < reign.validUntil) await renew(reign).catch(retryAfter);
      if (monotonic() >= reign.validUntil) lose('deadline-passed');
    }
  };

  const release = async (): Promise<void> => {
    if (reign === undefined || lost === 'superseded') return;
    try {
      const lease = await write(reign, releasedSpec(reign.lease.spec, clock.now()), {
        timeoutMilliseconds: releaseTimeoutMilliseconds,
      });
      if (lease) observe(lease);
    } catch (cause) {
      const error = new AutopilotError('AP_KUBERNETES_REQUEST', 'the lease runs out by itself', { cause });
      log.warn({ err: error, identity }, 'lease not released');
    }
  };

  return {
    name: 'leadership',
    start: () => void (running = run()),
    epoch: () => (reign !== undefined && !ended() && monotonic() < reign.validUntil ? reign.epoch : undefined),
    holder,
    stop: async () => {
      stopping.abort();
      await running;
      await release();
    },
  };
}
