import type { SinkName } from '#contract/vocabulary.ts';
import type { Notice } from './notice.ts';

export interface SinkRequest {
  readonly method: 'POST' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SinkAnswer {
  readonly status: number;
  readonly body: string;
  /** Out of the answer's Retry-After. */
  readonly retryAfterSeconds?: number;
}

/** The network as a sink may use it. Rejects when there was no answer, or when the address is not allowed. */
export interface SinkNetwork {
  send(request: SinkRequest): Promise<SinkAnswer>;
}

/**
 * What became of a delivery. `retry`: may work later. `gone`: the receiver does not want any more.
 * `refused`: this message will never be taken.
 */
export type Delivery =
  | { readonly result: 'delivered' }
  | { readonly result: 'retry'; readonly why: string; readonly afterSeconds?: number }
  | { readonly result: 'gone'; readonly why: string }
  | { readonly result: 'refused'; readonly why: string };

/** Formats a notice for one destination and sends it once; queueing, pace and retries are the caller's. */
export interface Sink {
  readonly name: SinkName;
  /** Least time between two messages. */
  readonly paceMilliseconds: number;
  deliver(notice: Notice, network: SinkNetwork, now: number): Promise<Delivery>;
}
