import { frameFlags, type Frame } from './frames.ts';

/**
 * A string has but one form of each kind (RFC 7541, 5.2 and appendix B), so that the two that matter are known by their
 * bytes and no table of codes is needed.
 */
const statusName = {
  plain: [0x67, 0x72, 0x70, 0x63, 0x2d, 0x73, 0x74, 0x61, 0x74, 0x75, 0x73],
  coded: [0x9a, 0xca, 0xc8, 0xb2, 0x12, 0x34, 0xda, 0x8f],
} as const;
const zero = { plain: [0x30], coded: [0x07] } as const;

interface Text {
  readonly isCoded: boolean;
  readonly bytes: readonly number[];
}

/** Most bytes of a number after its first: 28 bits are more than any length here. RFC 7541, 5.1. */
const maximumNumberBytes = 4;

/**
 * Whether trailers say that the call went well; undefined where they don't say, or not in what was kept of them. The first
 * call of a connection has to spell the status out: nothing before it can have put it into a table.
 */
export function callWentWell(trailers: Frame): boolean | undefined {
  const bytes = withoutPadding(trailers);
  let at = 0;

  const number = (prefixBits: number): number | undefined => {
    const full = 2 ** prefixBits - 1;
    let value = (bytes[at] ?? 0) & full;
    at += 1;
    if (value < full) return value;
    for (let count = 0; count < maximumNumberBytes; count += 1) {
      const byte = bytes[at];
      at += 1;
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  const text = (): Text | undefined => {
    const isCoded = (bytes[at] ?? 0) >= 0x80;
    const length = number(7);
    if (length === undefined || at + length > bytes.length) return undefined;
    at += length;
    return { isCoded, bytes: bytes.slice(at - length, at) };
  };

  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const isLiteral = first < 0x80 && (first & 0xe0) !== 0x20;
    const index = number(prefixBitsOf(first));
    if (index === undefined) return undefined;
    if (!isLiteral) continue;
    const name = index === 0 ? text() : 'from a table';
    const value = name === undefined ? undefined : text();
    if (name === undefined || value === undefined) return undefined;
    if (name !== 'from a table' && isText(name, statusName)) return isText(value, zero);
  }
  return undefined;
}

/** A field by its number, one to be remembered, a new size of the table, one not to be remembered. RFC 7541, 6. */
function prefixBitsOf(first: number): number {
  if (first >= 0x80) return 7;
  if (first >= 0x40) return 6;
  return first >= 0x20 ? 5 : 4;
}

/** RFC 9113, 6.2. */
function withoutPadding({ flags, payload, payloadBytes }: Frame): readonly number[] {
  const isPadded = (flags & frameFlags.padded) !== 0;
  const begin = (isPadded ? 1 : 0) + ((flags & frameFlags.priority) === 0 ? 0 : 5);
  return payload.slice(begin, Math.max(begin, payloadBytes - (isPadded ? (payload[0] ?? 0) : 0)));
}

function isText(
  { isCoded, bytes }: Text,
  known: { readonly plain: readonly number[]; readonly coded: readonly number[] },
) {
  const expected = isCoded ? known.coded : known.plain;
  return bytes.length === expected.length && expected.every((byte, index) => bytes[index] === byte);
}
