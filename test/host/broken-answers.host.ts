import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityFor, listen, undoAfterEach } from './loopback.ts';
import { ask } from './probes.ts';
import { programs, startDriver, type Driver } from './programs.ts';

undoAfterEach();

const built = programs();

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

/** In two pieces, since nothing says that an answer comes at once. */
function say(socket: net.Socket, text: string, cut: number): void {
  const bytes = Buffer.from(text);
  const at = Math.floor(bytes.length * cut);
  socket.write(bytes.subarray(0, at));
  setImmediate(() => socket.end(bytes.subarray(at)));
}

describe.skipIf('problem' in built)('broken answers', () => {
  let driver: Driver;
  beforeAll(async () => {
    driver = await startDriver('driver' in built ? built.driver : '');
  });
  afterAll(() => driver.running.child.kill('SIGKILL'));

  const isWell = (): void => expect(driver.running.child.exitCode).toBeNull();

  test('of an app end in an outcome, and never in the end of the agent', async () => {
    let [text, cut] = ['', 0];
    const port = await listen(
      net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => say(socket, text, cut));
      }),
    );
    const property = fc.asyncProperty(answer, fc.double({ min: 0, max: 1, noNaN: true }), async (said, at) => {
      [text, cut] = [said, at];
      const { outcome } = await driver.host.request(ask(port, { timeoutMilliseconds: 2_000 }));
      expect(outcomes).toContain(outcome);
      // The server ends each connection, so that waiting on is a defect.
      expect(outcome).not.toBe('timeout');
    });
    await fc.assert(property, { numRuns: 3_000 });
    isWell();
  });

  test('of a controller fail or are read', async () => {
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
    const property = fc.asyncProperty(answer, fc.double({ min: 0, max: 1, noNaN: true }), async (said, at) => {
      [text, cut] = [said, at];
      const posted = await driver.host.post(asked);
      expect(posted).not.toMatchObject({ message: 'no answer in time' });
    });
    await fc.assert(property, { numRuns: 500 });
    isWell();
  });

  test('of something that speaks no TLS, or breaks it off, are no answer', async () => {
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const server = net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(bytes));
      });
      const port = await listen(server);
      const { outcome } = await driver.host.request(ask(port, { secure: true, timeoutMilliseconds: 2_000 }));
      expect(outcome).toBe('closed');
    });
    await fc.assert(property, { numRuns: 300 });
    isWell();
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
    expect(await driver.host.request(asked)).toMatchObject({ outcome: 'closed' });
    const chatty = await listen(
      https.createServer(await identityFor('localhost'), (_in, out) => {
        const more = (): void => {
          while (!out.destroyed && out.write('z'.repeat(10_000)));
        };
        out.on('drain', more);
        more();
      }),
    );
    expect(await driver.host.request({ ...asked, port: chatty, secure: true })).toMatchObject({ outcome: 'answer' });
    isWell();
  });
});
