import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { percentile } from '#infra/bench/percentiles.ts';
import { largeReview } from './review.ts';

/** What one server answered within one turn. */
export interface Turn {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** What one run of the load found. */
export interface Load {
  /** By server, in the order of the ports: all of its answers, and its turns. */
  readonly servers: readonly { readonly answers: number; readonly turns: readonly Turn[] }[];
  readonly failures: number;
}

// Asks several servers by turns on connections that stay open, so that each is asked on the same machine as the others, whatever else
// runs there. Reads and writes HTTP by hand: Node's own client would cost more than the servers under test.
// `node load.mjs CA SERVERNAME CONNECTIONS SECONDS TURNS PORT...`: seconds of a turn; prints one JSON line.
const [ca = '', servername = '', connections, seconds, turns, ...ports] = process.argv.slice(2);
const authority = readFileSync(ca);

/** What comes first in a turn is not counted: until then connections are idle, and so are the server's caches. */
const leadMilliseconds = 40;

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

let failures = 0;

/** From when to when answers count, in the process's own milliseconds, and how long they took. */
interface Span {
  readonly from: number;
  readonly until: number;
  readonly milliseconds: number[];
}

/** Asks again as soon as the answer is there, until the time is over. Resolves with the number of answers. */
type Asking = (span: Span) => Promise<number>;

interface Connection {
  readonly ask: Asking;
  readonly end: () => void;
}

function connect(port: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let received = '';
    let sentAt = 0;
    let onAnswer = (): void => undefined;
    let onLost = reject;
    const socket = tls.connect({ host: '127.0.0.1', port: Number(port), ca: authority, servername });
    const send = (): void => {
      received = '';
      sentAt = performance.now();
      socket.write(request);
    };
    const ask: Asking = ({ from, until, milliseconds }) => {
      let answers = 0;
      return new Promise((done, lost) => {
        onLost = lost;
        onAnswer = () => {
          const now = performance.now();
          answers += 1;
          if (!received.startsWith('HTTP/1.1 200') || !received.includes('"patch"')) failures += 1;
          else if (sentAt >= from && now <= until) milliseconds.push(now - sentAt);
          if (now >= until) done(answers);
          else send();
        };
        send();
      });
    };
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      if (isWhole(received)) onAnswer();
    });
    socket.once('secureConnect', () => resolve({ ask, end: () => socket.end() }));
    socket.on('error', (error) => onLost(error));
    socket.on('close', () => onLost(new Error('the server closed the connection')));
  });
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  return head !== -1 && text.length >= head + 4 + Number(length);
}

async function takeTurn(asked: readonly Connection[]): Promise<{ readonly answers: number; readonly turn: Turn }> {
  const startedAt = performance.now();
  const from = startedAt + leadMilliseconds;
  const until = startedAt + Number(seconds) * 1000;
  const milliseconds: number[] = [];
  const answers = await Promise.all(asked.map(({ ask }) => ask({ from, until, milliseconds })));
  const turn = {
    requestsPerSecond: milliseconds.length / ((until - from) / 1000),
    p50: percentile(milliseconds, 0.5) ?? Number.NaN,
    p99: percentile(milliseconds, 0.99) ?? Number.NaN,
  };
  return { answers: answers.reduce((sum, one) => sum + one, 0), turn };
}

const servers = await Promise.all(
  ports.map(async (port) => ({
    open: await Promise.all(Array.from({ length: Number(connections) }, () => connect(port))),
    answers: 0,
    turns: [] as Turn[],
  })),
);
for (let number = 0; number < Number(turns); number += 1) {
  // Another one begins each time, or what begins would always have the same neighbour.
  const rotated = [...servers.slice(number % servers.length), ...servers.slice(0, number % servers.length)];
  for (const server of rotated) {
    const { answers, turn } = await takeTurn(server.open);
    server.answers += answers;
    server.turns.push(turn);
  }
}
for (const { open } of servers) for (const { end } of open) end();
const load: Load = { servers: servers.map(({ answers, turns: of }) => ({ answers, turns: of })), failures };
process.stdout.write(`${JSON.stringify(load)}\n`);
