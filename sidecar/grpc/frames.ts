/** Kinds of HTTP/2 frames that mean something to a caller. RFC 9113, 6. */
export const frameTypes = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
} as const;

export const frameFlags = { acknowledged: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  /** Its beginning, up to {@link maximumKeptBytes}: the rest is of no interest to a caller that reads one header at most. */
  readonly payload: readonly number[];
  readonly payloadBytes: number;
}

/** What a side may send as long as the other has not allowed more. RFC 9113, 6.5.2. */
const maximumFrameBytes = 16_384;

/** More than a health answer with padding has, and than trailers have before the status of the call. */
const maximumKeptBytes = 512;

const headBytes = 9;

export function encodeFrame(type: number, flags: number, stream: number, payload: readonly number[]): number[] {
  return [...bigEndian(payload.length, 3), type, flags, ...bigEndian(stream, 4), ...payload];
}

export function bigEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => (value >>> (8 * (bytes - 1 - index))) & 0xff);
}

export function readBigEndian(bytes: readonly number[]): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

export interface FrameReader {
  /** The frames that the next piece of the stream completes, and whether what comes after them is no frame. */
  take(piece: Uint8Array): { readonly frames: readonly Frame[]; readonly isBroken: boolean };
}

/** Cuts a stream into frames, however it comes in pieces, and holds a bounded part of one frame at a time. */
export function makeFrameReader(): FrameReader {
  let head: number[] = [];
  let payload: number[] = [];
  let left = 0;
  const payloadBytes = (): number => readBigEndian(head.slice(0, 3));
  return {
    take(piece) {
      const frames: Frame[] = [];
      let at = 0;
      while (at < piece.length) {
        if (head.length < headBytes) {
          head.push(piece[at] ?? 0);
          at += 1;
          if (head.length < headBytes) continue;
          left = payloadBytes();
          if (left > maximumFrameBytes) return { frames, isBroken: true };
        }
        const part = piece.subarray(at, at + left);
        at += part.length;
        left -= part.length;
        payload.push(...part.subarray(0, maximumKeptBytes - payload.length));
        if (left > 0) continue;
        const [type = 0, flags = 0] = head.slice(3);
        const stream = readBigEndian(head.slice(5)) % 2 ** 31;
        frames.push({ type, flags, stream, payload, payloadBytes: payloadBytes() });
        head = [];
        payload = [];
      }
      return { frames, isBroken: false };
    },
  };
}
