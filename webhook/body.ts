import type { Readable } from 'node:stream';

/**
 * The body of a request: whole, or, when there was no room for it, only its first bytes. Those still say which request
 * it is, and so it can be answered.
 */
export type ReviewBody = { readonly whole: Buffer } | { readonly head: Buffer };

/** Room for bodies that are being received, shared by all requests. */
export interface BodyRoom {
  /** False when there is not so much left; then nothing is taken. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function makeBodyRoom(maximumBytes: number): BodyRoom {
  let taken = 0;
  return {
    take: (bytes) => {
      if (taken + bytes > maximumBytes) return false;
      taken += bytes;
      return true;
    },
    give: (bytes) => void (taken -= bytes),
  };
}

export interface BodyOptions {
  readonly maximumBytes: number;
  readonly room: BodyRoom;
  /** Keeps no more than the head from the start. */
  readonly headOnly: boolean;
}

/** Bytes that are kept of a body for which there is no room. The request's uid comes first in what the API server sends. */
const headBytes = 1024;

export type BodyResult = ReviewBody | { readonly problem: 'too-large' | 'broken' };

/** Reads a body to its end, or to the first byte beyond its bound. Calls back exactly once; the room is given back then. */
export function readBody(stream: Readable, options: BodyOptions, done: (result: BodyResult) => void): void {
  const { maximumBytes, room } = options;
  let chunks: Buffer[] = [];
  let received = 0;
  let held = 0;
  let { headOnly } = options;
  let finished = false;

  // The listeners stay: what still comes finds nothing to do.
  const finish = (result: BodyResult): void => {
    if (finished) return;
    finished = true;
    room.give(held);
    chunks = [];
    done(result);
  };
  const onData = (chunk: Buffer): void => {
    if (finished) return;
    received += chunk.length;
    if (received > maximumBytes) {
      finish({ problem: 'too-large' });
      return;
    }
    if (!headOnly && room.take(chunk.length)) held += chunk.length;
    else headOnly = true;
    if (!headOnly || received - chunk.length < headBytes) chunks.push(chunk);
  };
  const onEnd = (): void => {
    const all = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const bytes = all ?? Buffer.alloc(0);
    finish(headOnly ? { head: bytes.subarray(0, headBytes) } : { whole: bytes });
  };
  const onBroken = (): void => finish({ problem: 'broken' });
  stream.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
}

/** As the API server writes it: nothing nested comes before `request`, and its uid is the first member. */
const leadingUid = /^\s*\{[^{}]*"request"\s*:\s*\{\s*"uid"\s*:\s*"([-\w]{1,128})"/;

/** The uid of a review of which only the head was kept. */
export function uidOfHead(head: Buffer): string | undefined {
  return leadingUid.exec(head.toString('latin1'))?.[1];
}
