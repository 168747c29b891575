/** A watch event of a large custom resource stays below etcd's 1.5 MiB; more is not an event. */
const maximumLineBytes = 16 * 1024 * 1024;

export interface LineSplitter {
  /** The complete lines that this chunk ends, without their newline and without empty ones. */
  push(chunk: Buffer): Buffer[];
  /** Bytes of a line that has begun and not ended: more than 0 at the end of a stream means a torn line. */
  pendingBytes(): number;
  overflowed(): boolean;
}

/** Splits a stream of bytes on newlines. UTF-8 never has 0x0A inside a character, so no text decoding is needed. */
export function makeLineSplitter(limitBytes: number = maximumLineBytes): LineSplitter {
  let parts: Buffer[] = [];
  let pending = 0;
  let overflow = false;
  return {
    push: (chunk) => {
      const lines: Buffer[] = [];
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
        const tail = chunk.subarray(start, end);
        const line = parts.length === 0 ? tail : Buffer.concat([...parts, tail]);
        if (line.length > 0) lines.push(line);
        parts = [];
        pending = 0;
        start = end + 1;
      }
      if (start < chunk.length) {
        parts.push(chunk.subarray(start));
        pending += chunk.length - start;
        overflow ||= pending > limitBytes;
      }
      return lines;
    },
    pendingBytes: () => pending,
    overflowed: () => overflow,
  };
}
