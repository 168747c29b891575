import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { largeReview } from './review.ts';

/** What one run of the load found. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly milliseconds: readonly number[];
  readonly failures: number;
  /** Warming up included. */
  readonly answers: number;
}

// Reads and writes HTTP by hand: Node's own client would cost more than the servers under test.
// `node load.mjs PORT CA SERVERNAME CONNECTIONS SECONDS`; prints one JSON line.
const [port, ca = '', servername = '', connections, seconds] = process.argv.slice(2);
const authority = readFileSync(ca);

/** Before this the connections are opened and the server's caches filled. */
const warmSeconds = 0.3;

const body = JSON.stringify(largeReview());
const request = Buffer.from(
  [
    'POST /mutate?timeout=3s HTTP/1.1',
    `Host: ${servername}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n'),
);

const startedAt = performance.now();
const measuredFrom = startedAt + warmSeconds * 1000;
const endAt = measuredFrom + Number(seconds) * 1000;
const milliseconds: number[] = [];
let failures = 0;
let answers = 0;

/** Asks on one connection, again as soon as the answer is there, until the time is over. */
function ask(): Promise<void> {
  return new Promise((resolve) => {
    let received = '';
    let sentAt = 0;
    const socket = tls.connect({ host: '127.0.0.1', port: Number(port), ca: authority, servername });
    const send = (): void => {
      received = '';
      sentAt = performance.now();
      socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.once('secureConnect', send);
    socket.on('data', (text: string) => {
      received += text;
      if (!isWhole(received)) return;
      const now = performance.now();
      answers += 1;
      if (!received.startsWith('HTTP/1.1 200') || !received.includes('"patch"')) failures += 1;
      else if (now >= measuredFrom && now <= endAt) milliseconds.push(now - sentAt);
      if (now >= endAt) socket.end();
      else send();
    });
    socket.on('error', () => (failures += 1));
    socket.on('close', resolve);
  });
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  return head !== -1 && text.length >= head + 4 + Number(length);
}

await Promise.all(Array.from({ length: Number(connections) }, ask));
const load: Load = {
  requestsPerSecond: milliseconds.length / Number(seconds),
  milliseconds: milliseconds.map((value) => Math.round(value * 1000) / 1000),
  failures,
  answers,
};
process.stdout.write(`${JSON.stringify(load)}\n`);
