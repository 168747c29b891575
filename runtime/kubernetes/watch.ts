import type { KubeFailure, KubeStatus } from './answer.ts';
import { makeLineSplitter } from './json-lines.ts';
import { acceptOf, selectionOf, type Collection } from './list.ts';
import type { KubeObject } from './object.ts';
import type { KubeTransport } from './transport.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
}

/**
 * How a watch ended. `finished`: the server closed it in order. `silent`: nothing came for too long.
 * `expired`: the resource version is too old, so list again. `refused`: an answer other than 200. `broken`: torn line, in-stream error or network.
 */
export type WatchEnd =
  | { readonly end: 'finished' }
  | { readonly end: 'silent' }
  | { readonly end: 'stopped' }
  | { readonly end: 'expired' }
  | { readonly end: 'refused'; readonly failure: KubeFailure }
  | { readonly end: 'broken'; readonly cause: unknown; readonly retryAfterSeconds?: number };

export interface WatchOptions {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly silenceMilliseconds: number;
  readonly signal: AbortSignal;
  readonly onContact: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

const httpGone = 410;

/** Runs one watch to its end. Never throws: each way to end is a value, since the caller answers each differently. */
export async function watchOnce(
  transport: KubeTransport,
  collection: Collection,
  options: WatchOptions,
): Promise<WatchEnd> {
  try {
    const answer = await transport.open({
      method: 'GET',
      path: collection.path,
      accept: acceptOf(collection, 'PartialObjectMetadata'),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        ...selectionOf(collection),
        resourceVersion: options.resourceVersion,
        timeoutSeconds: options.timeoutSeconds,
      },
      signal: options.signal,
    });
    if (!answer.ok) return answer.status === httpGone ? { end: 'expired' } : { end: 'refused', failure: answer };
    return await readEvents(answer.body, options);
  } catch (cause) {
    return options.signal.aborted ? { end: 'stopped' } : { end: 'broken', cause };
  }
}

async function readEvents(
  stream: AsyncIterable<Buffer> & { destroy(): void },
  options: WatchOptions,
): Promise<WatchEnd> {
  const lines = makeLineSplitter();
  let silent = false;
  const silence = setTimeout(() => {
    silent = true;
    stream.destroy();
  }, options.silenceMilliseconds);
  options.onContact();
  try {
    for await (const chunk of stream) {
      silence.refresh();
      options.onContact();
      for (const line of lines.push(chunk)) {
        const end = handleLine(line, options.onEvent);
        if (end) return end;
      }
      if (lines.overflowed()) return { end: 'broken', cause: new Error('a watch line is too long') };
    }
    if (lines.pendingBytes() > 0) return { end: 'broken', cause: new Error('the watch ended in the middle of a line') };
    return { end: 'finished' };
  } catch (cause) {
    if (options.signal.aborted) return { end: 'stopped' };
    return silent ? { end: 'silent' } : { end: 'broken', cause };
  } finally {
    clearTimeout(silence);
    stream.destroy();
  }
}

function handleLine(line: Buffer, onEvent: WatchOptions['onEvent']): WatchEnd | undefined {
  let event: { type?: string; object?: KubeObject & KubeStatus };
  try {
    event = JSON.parse(line.toString('utf8')) as typeof event;
  } catch (cause) {
    return { end: 'broken', cause };
  }
  const { type, object = {} } = event;
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK') {
    onEvent({ type, object });
    return undefined;
  }
  if (object.code === httpGone) return { end: 'expired' };
  const retryAfterSeconds = object.details?.retryAfterSeconds;
  return {
    end: 'broken',
    cause: new Error(`in-stream ${type ?? 'event without type'}: ${object.message ?? 'no message'}`),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
