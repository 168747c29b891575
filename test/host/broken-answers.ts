import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '#test/support/settings.ts';
import { identityFor, listen } from './loopback.ts';
import { ask } from './probes.ts';
import { residentBytes } from './resident-bytes.ts';
import type { GetHost } from './tested-host.ts';

const outcomes = ['answer', 'refused', 'closed', 'timeout'];

/** Parts that answers are made of, whole and broken. */
const part = fc.oneof(
  fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.0 404\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 999999 \r\n',
    'Content-Length: 5\r\n',
    'Content-Length: 99999999999999999999\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: chunked, gzip\r\n',
    'Location: http://\r\n',
    'Connection: close\r\n',
    '\r\n',
    '\n',
    '5\r\nabcde\r\n',
    '0\r\n\r\n',
    'ffffffffffffffff\r\n',
    'fffffffffffffffffffff\r\n',
    ';=\r\n',
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const answer = fc.oneof(
  fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(part, { maxLength: 8 }).map((parts) => `HTTP/1.1 200 OK\r\n${parts.join('')}`),
  fc
    .array(part, { maxLength: 8 })
    .map((parts) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${parts.join('')}`),
);

/** With where it is cut in two. */
const cutAnswer = fc.tuple(answer, fc.double({ min: 0, max: 1, noNaN: true }));

/** In two pieces, since nothing says that an answer comes at once. */
function say(socket: net.Socket, text: string, cut: number): void {
  const bytes = Buffer.from(text);
  const at = Math.floor(bytes.length * cut);
  socket.write(bytes.subarray(0, at));
  setImmediate(() => socket.end(bytes.subarray(at)));
}

/** With TLS, behind which the same is read, a connection takes ten times as long. */
const secureRuns = Math.ceil(fuzzRuns / 10);

const timeout = 60_000 + fuzzRuns * 20;

/** What a host and its allocator may keep beyond what the first broken answers took. Bytes. */
const maximumGrowthBytes = 1_048_576;

/**
 * What broken answers must come to on every host.
 *
 * @param isAlone whether the host has a process of its own, whose memory is then watched.
 */
export function describeBrokenAnswers(getHost: GetHost, isAlone: boolean): void {
  /** Tries random input of a kind; the first fifth of it may make the host grow. */
  const assertSteady = async <Given>(
    runs: number,
    given: fc.Arbitrary<Given>,
    tryOne: (given: Given) => Promise<void>,
  ): Promise<void> => {
    const held = (): Promise<number> => (isAlone ? residentBytes(getHost().processId) : Promise.resolve(0));
    await fc.assert(fc.asyncProperty(given, tryOne), { numRuns: Math.ceil(runs / 5) });
    const settledBytes = await held();
    await fc.assert(fc.asyncProperty(given, tryOne), { numRuns: runs - Math.ceil(runs / 5) });
    const bytes = await held();
    if (isAlone) console.log(`${runs} answers, resident ${settledBytes} bytes after a fifth, ${bytes} at the end`);
    expect(bytes - settledBytes).toBeLessThan(maximumGrowthBytes);
  };

  describe('broken answers', () => {
    test(`of an app end in an outcome ${fuzzRuns} times, and never in the end of the agent`, { timeout }, async () => {
      let [text, cut] = ['', 0];
      const port = await listen(
        net.createServer((socket) => {
          socket.on('error', () => undefined);
          socket.once('data', () => say(socket, text, cut));
        }),
      );
      await assertSteady(fuzzRuns, cutAnswer, async (said) => {
        [text, cut] = said;
        const { outcome } = await getHost().request(ask(port, { timeoutMilliseconds: 2_000 }));
        expect(outcomes).toContain(outcome);
        // The server ends each connection, so that waiting on is a defect.
        expect(outcome).not.toBe('timeout');
      });
    });

    test('of a controller fail or are read', { timeout }, async () => {
      const identity = await identityFor('localhost');
      let [text, cut] = ['', 0];
      const server = tls.createServer(identity, (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => say(socket, text, cut));
      });
      const port = await listen(server);
      const asked = {
        url: `https://localhost:${port}/v1/reports`,
        authorities: identity.authority,
        bearerToken: 't',
        body: '{}',
        timeoutMilliseconds: 2_000,
      };
      await assertSteady(secureRuns, cutAnswer, async (said) => {
        [text, cut] = said;
        const posted = await getHost().post(asked);
        expect(posted).not.toMatchObject({ message: 'no answer in time' });
      });
    });

    test('of something that speaks no TLS, or breaks it off, are no answer', { timeout }, async () => {
      let bytes = new Uint8Array();
      const server = net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(bytes));
      });
      const asked = ask(await listen(server), { secure: true, timeoutMilliseconds: 2_000 });
      await assertSteady(secureRuns, fc.uint8Array({ maxLength: 200 }), async (said) => {
        bytes = said;
        expect(await getHost().request(asked)).toMatchObject({ outcome: 'closed' });
      });
    });

    test('without end are cut off', async () => {
      const flood = (socket: net.Socket): void => {
        socket.on('error', () => undefined);
        const more = (): void => {
          while (socket.writable && socket.write('HTTP/1.1 200 OK\r\nx: y\r\n'.repeat(500)));
        };
        socket.on('drain', more);
        more();
      };
      const port = await listen(net.createServer(flood));
      const asked = ask(port, { timeoutMilliseconds: 3_000 });
      expect(await getHost().request(asked)).toMatchObject({ outcome: 'closed' });
      const chatty = await listen(
        https.createServer(await identityFor('localhost'), (_in, out) => {
          const more = (): void => {
            while (!out.destroyed && out.write('z'.repeat(10_000)));
          };
          out.on('drain', more);
          more();
        }),
      );
      expect(await getHost().request({ ...asked, port: chatty, secure: true })).toMatchObject({ outcome: 'answer' });
    });
  });
}
