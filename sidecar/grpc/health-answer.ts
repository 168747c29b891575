import { encodeFrame, frameFlags, frameTypes, makeFrameReader, readBigEndian, type Frame } from './frames.ts';
import { callStream } from './health-request.ts';
import { callWentWell } from './trailers.ts';

/** What a server says of its health. `broken`: it speaks no HTTP/2, or gave the call up. */
export type HealthOutcome = 'serving' | 'not-serving' | 'broken';

export type Heard =
  { readonly outcome: HealthOutcome } | { readonly outcome: undefined; readonly say: readonly number[] };

export interface HealthListener {
  /** Takes the next piece of the stream: what is to be sent back, or what the call came to. */
  hear(piece: Uint8Array): Heard;
}

/** A gRPC message begins with whether it is compressed, which nobody offered, and its length. */
const prefixBytes = 5;

/** Field 1 as a number, and the number of SERVING. */
const servingMessage = [0x08, 0x01];

/** Frames that want a reply and are still put up with. */
const maximumReplies = 64;

/**
 * Follows the answer to one health check. Of its headers the trailers' status alone is read: a call that failed counts
 * as such for the kubelet whatever its message says, and mostly has none.
 */
export function listenForHealth(): HealthListener {
  const reader = makeFrameReader();
  const message: number[] = [];
  let greeted = false;
  let replies = 0;

  const meet = (frame: Frame): HealthOutcome | readonly number[] => {
    // RFC 9113, 3.4: what a server says first are its settings. Another protocol's first words are taken for a frame.
    if (!greeted && frame.type !== frameTypes.settings) return 'broken';
    greeted = true;
    if (frame.type === frameTypes.settings || frame.type === frameTypes.ping) return confirm(frame);
    if (frame.type === frameTypes.goAway) return isFarewellTo(callStream, frame) ? 'broken' : [];
    if (frame.stream !== callStream) return [];
    return advance(message, frame) ?? [];
  };

  return {
    hear(piece) {
      const { frames, isBroken } = reader.take(piece);
      const say: number[] = [];
      for (const frame of frames) {
        const met = meet(frame);
        if (typeof met === 'string') return { outcome: met };
        if (met.length > 0) replies += 1;
        if (replies > maximumReplies) return { outcome: 'broken' };
        say.push(...met);
      }
      return isBroken ? { outcome: 'broken' } : { outcome: undefined, say };
    },
  };
}

/** SETTINGS and PING are answered, unless they are answers themselves. */
function confirm({ type, flags, stream, payload, payloadBytes }: Frame): 'broken' | readonly number[] {
  const isWhole = type === frameTypes.ping ? payloadBytes === 8 : payloadBytes % 6 === 0;
  if (stream !== 0 || !isWhole) return 'broken';
  if ((flags & frameFlags.acknowledged) !== 0) return [];
  return encodeFrame(type, frameFlags.acknowledged, 0, type === frameTypes.ping ? payload : []);
}

/** A server that shuts down in peace names the last call that it still answers. */
function isFarewellTo(call: number, { payload }: Frame): boolean {
  const lastCall = readBigEndian(payload.slice(0, 4)) % 2 ** 31;
  const error = readBigEndian(payload.slice(4, 8));
  return lastCall < call || error !== 0;
}

/** Takes in the next frame of the call, into its message; undefined while it goes on. */
function advance(message: number[], frame: Frame): HealthOutcome | undefined {
  const { type, flags, payload, payloadBytes } = frame;
  const isLast = (flags & frameFlags.endStream) !== 0;
  if (type === frameTypes.resetStream || type === frameTypes.pushPromise) return 'broken';
  if (type === frameTypes.headers && isLast) {
    return isServing(message) && callWentWell(frame) !== false ? 'serving' : 'not-serving';
  }
  if (type !== frameTypes.data) return undefined;
  const [begin, padding] = (flags & frameFlags.padded) === 0 ? [0, 0] : [1, payload[0] ?? 0];
  message.push(...payload.slice(begin, Math.max(begin, payloadBytes - padding)));
  if (message.length > prefixBytes + servingMessage.length) return 'not-serving';
  // A gRPC call ends with trailers, not with a message.
  return isLast ? 'broken' : undefined;
}

function isServing(message: readonly number[]): boolean {
  const expected = [0, 0, 0, 0, servingMessage.length, ...servingMessage];
  return message.length === expected.length && expected.every((byte, index) => message[index] === byte);
}
