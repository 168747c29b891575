import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../sidecar/host.ts';
import { freePort, identityFor, listen } from './loopback.ts';
import type { GetHost } from './tested-host.ts';

/** A request to a port of loopback. */
export function ask(port: number, changes: Partial<HttpRequest> = {}): HttpRequest {
  const headers = [
    { name: 'Host', value: 'cart.example' },
    { name: 'Connection', value: 'close' },
  ];
  return {
    secure: false,
    address: '127.0.0.1',
    port,
    path: '/',
    headers,
    timeoutMilliseconds: 300,
    maximumBodyBytes: 1024,
    ...changes,
  };
}

/** A server that behaves in some way once anything has come. */
function rudeServer(behave: (socket: net.Socket) => void): net.Server {
  return net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => behave(socket));
  });
}

/** What probes of an app must be on every host. */
export function describeProbes(getHost: GetHost): void {
  describe('an HTTP probe', () => {
    test('gives status and location, follows nothing, and sends only the given headers', async () => {
      let headers: string[] = [];
      const port = await listen(
        http.createServer((incoming, outgoing) => {
          headers = incoming.rawHeaders;
          outgoing.writeHead(302, { location: '/there' }).end('moved');
        }),
      );
      const answer = await getHost().request(ask(port));
      expect(answer).toEqual({ outcome: 'answer', status: 302, location: '/there' });
      expect(headers).toEqual(['Host', 'cart.example', 'Connection', 'close']);
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'does not verify an app’s certificate over %s, as the kubelet does not',
      async (version) => {
        const identity = { ...(await identityFor('elsewhere', 0)), minVersion: version, maxVersion: version };
        const port = await listen(https.createServer(identity, (_incoming, outgoing) => outgoing.end('ok')));
        const answer = await getHost().request(ask(port, { secure: true, timeoutMilliseconds: 3_000 }));
        expect(answer).toMatchObject({ outcome: 'answer', status: 200 });
      },
    );

    test('reads no more of a long body than it must', async () => {
      const port = await listen(http.createServer((_incoming, outgoing) => outgoing.write('x'.repeat(5_000))));
      expect(await getHost().request(ask(port))).toMatchObject({ outcome: 'answer', status: 200 });
    });

    test('tells a refused connection', async () => {
      const port = await freePort();
      expect(await getHost().request(ask(port))).toMatchObject({ outcome: 'refused' });
      const asked = { address: '127.0.0.1', port, timeoutMilliseconds: 300 };
      expect(await getHost().connect(asked)).toMatchObject({ outcome: 'refused' });
    });

    test.each<[string, 'closed' | 'timeout', (socket: net.Socket) => void]>([
      ['closes without an answer', 'closed', (socket) => socket.end()],
      ['resets without an answer', 'closed', (socket) => socket.resetAndDestroy()],
      ['closes within the body', 'closed', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')],
      [
        'closes within a chunk',
        'closed',
        (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc'),
      ],
      ['talks nonsense', 'closed', (socket) => socket.end('nonsense\r\n\r\n')],
      ['accepts and stays silent', 'timeout', () => undefined],
      [
        'stalls within the body',
        'timeout',
        (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      ],
      ['stalls within the head', 'timeout', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-')],
    ])('tells a server that %s as %s', async (_what, outcome, behave) => {
      const port = await listen(rudeServer(behave));
      expect(await getHost().request(ask(port))).toMatchObject({ outcome });
    });

    test.each([
      ['by its length', 'Content-Length: 3\r\n\r\nabc'],
      ['by chunks', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
      ['with the connection', '\r\nabc'],
    ])('reads a body that ends %s', async (_how, rest) => {
      const port = await listen(rudeServer((socket) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`)));
      expect(await getHost().request(ask(port))).toMatchObject({ outcome: 'answer', status: 200 });
    });

    test('passes over what is said before the answer', async () => {
      const text = 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n';
      const port = await listen(rudeServer((socket) => socket.end(text)));
      expect(await getHost().request(ask(port))).toMatchObject({ outcome: 'answer', status: 503 });
    });

    test('answers for a header that can’t be sent instead of throwing', async () => {
      const asked = ask(await freePort(), { headers: [{ name: 'X', value: 'a\nb' }] });
      expect(await getHost().request(asked)).toMatchObject({ outcome: 'closed' });
    });

    test('answers for a port that can’t be, which a redirect may name', async () => {
      const { outcome } = await getHost().request(ask(70_000));
      expect(['refused', 'closed']).toContain(outcome);
    });

    test('of an app that hangs delays no other', async () => {
      const hung = await listen(rudeServer(() => undefined));
      const good = await listen(http.createServer((_incoming, outgoing) => outgoing.end('ok')));
      const slow = Array.from({ length: 8 }, () => getHost().request(ask(hung, { timeoutMilliseconds: 2_000 })));
      const began = performance.now();
      expect(await getHost().request(ask(good, { timeoutMilliseconds: 1_500 }))).toMatchObject({ status: 200 });
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(new Set((await Promise.all(slow)).map(({ outcome }) => outcome))).toEqual(new Set(['timeout']));
    });
  });

  test('a TCP probe opens a connection and closes it', async () => {
    const server = net.createServer();
    const port = await listen(server);
    // From its first moment on: on a busy machine it may be closed before the host's answer is heard here.
    const closed = new Promise<void>((resolve) => {
      server.once('connection', (socket) =>
        socket
          .on('error', () => undefined)
          .once('close', () => resolve())
          .resume(),
      );
    });
    const answer = await getHost().connect({ address: '127.0.0.1', port, timeoutMilliseconds: 300 });
    expect(answer).toEqual({ outcome: 'connected' });
    await closed;
  });
}
