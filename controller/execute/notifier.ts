import { DelegateBackoff, handleWhenResult, retry, type IRetryBackoffContext } from 'cockatiel';
import PQueue from 'p-queue';
import type { SinkName } from '#contract/vocabulary.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { Stoppable } from '#runtime/lifecycle.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Notice } from '../model/notice.ts';
import type { Delivery, Sink, SinkNetwork } from '../model/sink.ts';

/** Notices that wait for one sink; more are dropped and counted, since what is old by then helps no one. */
const maximumWaiting = 200;
const maximumRetries = 5;
const firstRetryMilliseconds = 1_000;

/** A receiver that asks for longer than this is asked again after this. */
const maximumRetryMilliseconds = 60_000;

export type DeliveryResult = 'delivered' | 'retried' | 'failed' | 'refused' | 'dropped';

export interface NotifierOptions {
  readonly sinks: readonly Sink[];
  readonly network: SinkNetwork;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly onResult: (sink: SinkName, result: DeliveryResult) => void;
  readonly firstRetryMilliseconds?: number;
}

/** Tells people. Each sink has its own queue, so that a slow one delays neither another nor a remediation. */
export interface Notifier extends Stoppable {
  /** `routes` are the names of the sinks that are told; absent means all. */
  notify(notice: Notice, routes?: readonly string[]): void;
}

export function makeNotifier(options: NotifierOptions): Notifier {
  const stopping = new AbortController();
  const lanes = options.sinks.map((sink) => makeLane(sink, options, stopping.signal));
  return {
    name: 'notifier',
    notify: (notice, routes) => {
      for (const lane of lanes) if (routes === undefined || routes.includes(lane.sink)) lane.add(notice);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(lanes.map((lane) => lane.stop()));
    },
  };
}

function makeLane(
  sink: Sink,
  options: NotifierOptions,
  stopping: AbortSignal,
): { readonly sink: SinkName; add(notice: Notice): void; stop(): Promise<void> } {
  const { network, clock, random, log, onResult } = options;
  const queue = new PQueue({ concurrency: 1, interval: sink.paceMilliseconds, intervalCap: 1 });
  let gone = false;

  const once = async (notice: Notice): Promise<Delivery> => {
    try {
      return await sink.deliver(notice, network, clock.now());
    } catch (error) {
      const refused = error instanceof AutopilotError && error.code === 'AP_SINK_ADDRESS';
      return { result: refused ? 'refused' : 'retry', why: String(error) };
    }
  };

  const policy = retry(
    handleWhenResult((result) => (result as Delivery).result === 'retry'),
    {
      maxAttempts: maximumRetries,
      backoff: new DelegateBackoff((context: IRetryBackoffContext<unknown>) => {
        const asked = 'value' in context.result ? askedSeconds(context.result.value as Delivery) : 0;
        const grown = (options.firstRetryMilliseconds ?? firstRetryMilliseconds) * 2 ** (context.attempt - 1);
        return Math.min(Math.max(grown * (0.5 + random()), asked * 1000), maximumRetryMilliseconds);
      }),
    },
  );
  policy.onRetry(() => onResult(sink.name, 'retried'));

  const deliver = async (notice: Notice): Promise<void> => {
    if (gone) {
      onResult(sink.name, 'refused');
      return;
    }
    const delivery = await policy.execute(() => once(notice), stopping);
    if (delivery.result === 'delivered') {
      onResult(sink.name, 'delivered');
      return;
    }
    const error = new AutopilotError('AP_SINK_DELIVERY', `${sink.name}: ${delivery.why}`);
    log.error({ err: error, sink: sink.name, incident: notice.incidentName }, 'notice not delivered');
    onResult(sink.name, delivery.result === 'retry' ? 'failed' : 'refused');
    if (delivery.result !== 'gone') return;
    gone = true;
    log.error({ sink: sink.name }, 'sink is gone and is not used again until a restart');
  };

  return {
    sink: sink.name,
    add: (notice) => {
      if (stopping.aborted) return;
      if (queue.size >= maximumWaiting) {
        onResult(sink.name, 'dropped');
        log.error({ sink: sink.name, incident: notice.incidentName }, 'notice dropped');
        return;
      }
      queue
        .add(() => deliver(notice))
        .catch((error: unknown) => {
          if (!stopping.aborted) log.error({ err: error, sink: sink.name }, 'notice not delivered');
        });
    },
    stop: async () => {
      queue.clear();
      await queue.onIdle();
    },
  };
}

function askedSeconds(delivery: Delivery): number {
  return delivery.result === 'retry' ? (delivery.afterSeconds ?? 0) : 0;
}
