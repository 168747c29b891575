import http from 'node:http';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import type { HealthQuestion } from '../../sidecar/grpc/check-health.ts';
import { refuse, respond, startHealthService, type Call } from './health-service.ts';
import { freePort, listen } from './loopback.ts';
import type { GetHost } from './tested-host.ts';

const serving = [0x08, 0x01];

function question(port: number, changes: Partial<HealthQuestion> = {}): HealthQuestion {
  return { address: '127.0.0.1', port, service: '', timeoutSeconds: 1, ...changes };
}

/** Frames that a server sends by itself: settings of its own, a PING, a WINDOW_UPDATE. */
const greeting = [
  [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 5, 0, 0, 64, 0],
  [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
  [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0],
].flat();

/** What gRPC health checks must be on every host. */
export function describeHealth(getHost: GetHost): void {
  describe('a gRPC health check', () => {
    test('of a server that serves is good, and asks as the kubelet does', async () => {
      const { port, calls, sessions } = await startHealthService((call) => respond(call, serving));
      expect(await getHost().checkHealth(question(port))).toEqual({ outcome: 'serving' });
      const [call] = calls;
      expect(call?.headers).toMatchObject({
        ':method': 'POST',
        ':scheme': 'http',
        ':path': '/grpc.health.v1.Health/Check',
        ':authority': `127.0.0.1:${port}`,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': '1S',
        'user-agent': expect.stringMatching(/^kube-probe\//),
      });
      expect([...(call?.body ?? [])]).toEqual([0, 0, 0, 0, 0]);
      while (sessions[0]?.destroyed === false) await new Promise((resolve) => setTimeout(resolve, 5));
    });

    test('names the service that it asks for, whatever its letters', async () => {
      const { port, calls } = await startHealthService((call) => respond(call, serving));
      const service = `shop.Größe-${'x'.repeat(200)}`;
      expect(await getHost().checkHealth(question(port, { service }))).toEqual({ outcome: 'serving' });
      const body = calls[0]?.body ?? Buffer.alloc(0);
      expect(body.readUInt32BE(1)).toBe(body.length - 5);
      expect(body.subarray(8).toString()).toBe(service);
    });

    test.each<[string, (call: Call) => void, 'not-serving' | 'broken']>([
      ['says NOT_SERVING', (call) => respond(call, [0x08, 0x02]), 'not-serving'],
      ['says UNKNOWN', (call) => respond(call, []), 'not-serving'],
      ['says SERVICE_UNKNOWN', (call) => respond(call, [0x08, 0x03]), 'not-serving'],
      ['says SERVING and fails the call', (call) => respond(call, serving, '13'), 'not-serving'],
      ['knows no such service', (call) => refuse(call, '5'), 'not-serving'],
      ['has no health service', (call) => refuse(call, '12'), 'not-serving'],
      [
        'is a proxy without a backend',
        ({ stream }) => (stream.respond({ ':status': 503 }), stream.end('no healthy upstream')),
        'broken',
      ],
      [
        'answers at length',
        (call) =>
          respond(
            call,
            Array.from({ length: 250 }, () => 1),
          ),
        'not-serving',
      ],
      ['resets the call', ({ stream }) => stream.close(2), 'broken'],
      ['goes away', ({ stream }) => stream.session?.goaway(2, 0), 'broken'],
    ])('of a server that %s fails', async (_what, answer, outcome) => {
      const { port } = await startHealthService(answer);
      const answered = await getHost().checkHealth(question(port));
      expect(outcome === 'broken' ? ['broken', 'not-serving'] : [outcome]).toContain(answered.outcome);
    });

    test('waits for a late answer, and not beyond its time', async () => {
      const { port } = await startHealthService((call) => void setTimeout(() => respond(call, serving), 200));
      expect(await getHost().checkHealth(question(port))).toEqual({ outcome: 'serving' });
      const silent = await startHealthService(() => undefined);
      expect(await getHost().checkHealth(question(silent.port))).toMatchObject({ outcome: 'timeout' });
    });

    test('answers to what a server says besides', async () => {
      const heard: number[] = [];
      const port = await listen(
        net.createServer((socket) => {
          socket.on('data', (piece) => heard.push(...piece));
          // In single bytes: nothing says that a frame comes at once.
          socket.setNoDelay(true);
          for (const byte of greeting) socket.write(Uint8Array.of(byte));
        }),
      );
      expect(await getHost().checkHealth(question(port))).toMatchObject({ outcome: 'timeout' });
      const said = heard.join(' ');
      expect(said).toContain('0 0 0 4 1 0 0 0 0');
      expect(said).toContain('0 0 8 6 1 0 0 0 0 1 2 3 4 5 6 7 8');
    });

    test.each<[string, string, (socket: net.Socket) => void]>([
      ['accepts and says nothing', 'timeout', () => undefined],
      ['closes at once', 'closed', (socket) => socket.end()],
      ['resets the connection', 'closed', (socket) => socket.resetAndDestroy()],
      ['speaks another protocol', 'broken', (socket) => socket.write('+PONG\r\n220 mail.example ESMTP\r\n')],
      ['greets and breaks off', 'closed', (socket) => socket.end(Uint8Array.from(greeting))],
      [
        'announces a frame of 16 MiB',
        'broken',
        (socket) => socket.write(Uint8Array.of(255, 255, 255, 4, 0, 0, 0, 0, 0)),
      ],
    ])('of a server that %s fails', async (_what, outcome, behave) => {
      const port = await listen(net.createServer((socket) => void socket.once('data', () => behave(socket))));
      expect(await getHost().checkHealth(question(port))).toMatchObject({ outcome });
    });

    test('of a server that speaks HTTP/1.1 alone fails', async () => {
      const port = await listen(http.createServer((_incoming, outgoing) => outgoing.end('ok')));
      const { outcome } = await getHost().checkHealth(question(port));
      expect(['broken', 'closed']).toContain(outcome);
    });

    test('of a server that floods is cut off', async () => {
      const port = await listen(
        net.createServer((socket) => {
          const more = (): void => {
            while (socket.writable && socket.write(Uint8Array.from(greeting)));
          };
          socket.on('drain', more);
          more();
        }),
      );
      const { outcome } = await getHost().checkHealth(question(port, { timeoutSeconds: 10 }));
      expect(['broken', 'closed']).toContain(outcome);
    });

    test('of nobody is refused', async () => {
      expect(await getHost().checkHealth(question(await freePort()))).toMatchObject({ outcome: 'refused' });
    });
  });
}
