import https from 'node:https';
import type http from 'node:http';
import { describe, expect, test } from 'vitest';
import { maximumAnswerBytes } from '#contract/command.ts';
import type { PostRequest } from '../../sidecar/host.ts';
import { freePort, identityFor, listen } from './loopback.ts';
import type { GetHost } from './tested-host.ts';

const identity = await identityFor('localhost');

function report(port: number, changes: Partial<PostRequest> = {}): PostRequest {
  return {
    url: `https://localhost:${port}/v1/reports`,
    authorities: identity.authority,
    bearerToken: 'a-token',
    body: '{}',
    timeoutMilliseconds: 3_000,
    ...changes,
  };
}

interface Controller {
  readonly port: number;
  readonly seen: string[];
  readonly connections: () => number;
}

async function controller(
  answer: (outgoing: http.ServerResponse, count: number) => void,
  options: https.ServerOptions = {},
): Promise<Controller> {
  const seen: string[] = [];
  let connections = 0;
  const server = https.createServer({ ...identity, ...options }, (incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => {
      seen.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization} ${body}`);
      answer(outgoing, seen.length);
    });
  });
  server.on('secureConnection', () => (connections += 1));
  server.on('tlsClientError', () => undefined);
  return { port: await listen(server), seen, connections: () => connections };
}

const day = 86_400_000;

/** What reports to the controller must be on every host. */
export function describeReports(getHost: GetHost): void {
  describe('a report', () => {
    test('goes over one kept connection with its token', async () => {
      const { port, seen, connections } = await controller((outgoing) =>
        outgoing.writeHead(429, { 'retry-after': '7' }).end('{}'),
      );
      const answer = { outcome: 'answer', status: 429, retryAfterSeconds: 7, body: '{}' };
      for (let count = 0; count < 5; count += 1) expect(await getHost().post(report(port))).toEqual(answer);
      expect([connections(), new Set(seen)]).toEqual([1, new Set(['POST /v1/reports Bearer a-token {}'])]);
    });

    test('and a poll have a connection each, so that a poll that is held delays no report', async () => {
      const { port, connections } = await controller((outgoing, count) => {
        if (count > 1) outgoing.writeHead(202).end();
      });
      const held = getHost().poll(report(port, { timeoutMilliseconds: 1_500 }));
      while (connections() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await getHost().post(report(port))).toMatchObject({ outcome: 'answer', status: 202, body: '' });
      expect(await held).toEqual({ outcome: 'failed', message: 'no answer in time' });
      expect(connections()).toBe(2);
    });

    test('goes over a new connection when the kept one was closed', async () => {
      const { port, seen, connections } = await controller((outgoing) => {
        const { socket } = outgoing;
        outgoing.writeHead(200, { connection: 'keep-alive' }).end('{}', () => void setTimeout(() => socket?.end(), 20));
      });
      expect(await getHost().post(report(port))).toMatchObject({ outcome: 'answer' });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await getHost().post(report(port))).toMatchObject({ outcome: 'answer' });
      expect([seen.length, connections()]).toEqual([2, 2]);
    });

    test('may be as long as any, and so may an answer', async () => {
      const long = 'ü'.repeat(maximumAnswerBytes / 2);
      const { port, seen } = await controller((outgoing) => outgoing.end(long));
      const body = JSON.stringify('y'.repeat(3_000));
      expect(await getHost().post(report(port, { body }))).toMatchObject({ outcome: 'answer', body: long });
      expect(seen[0]).toContain(body);
    });

    test('has no answer when that is longer than any that is meant', async () => {
      const { port } = await controller((outgoing) => outgoing.end('x'.repeat(maximumAnswerBytes + 1)));
      expect(await getHost().post(report(port))).toMatchObject({ outcome: 'failed' });
    });

    test.each<[string, () => Promise<https.ServerOptions>, Partial<PostRequest>]>([
      ['that another authority vouches for', () => identityFor('localhost'), {}],
      ['whose certificate has another name', () => identityFor('elsewhere'), { url: 'localhost' }],
      ['whose certificate has expired', () => identityFor('localhost', Date.now() - 60 * day), { url: 'localhost' }],
      [
        'whose certificate is not yet valid',
        () => identityFor('localhost', Date.now() + 60 * day),
        { url: 'localhost' },
      ],
      ['that speaks TLS 1.2 only', () => Promise.resolve({ maxVersion: 'TLSv1.2' }), {}],
    ])('is not sent to a server %s', async (_which, optionsOf, { url }) => {
      const options = await optionsOf();
      const { port, seen } = await controller((outgoing) => outgoing.end('{}'), options);
      const own = url === undefined ? identity.authority : String((options as { authority?: string }).authority);
      expect(await getHost().post(report(port, { authorities: own }))).toMatchObject({ outcome: 'failed' });
      expect(seen).toEqual([]);
    });

    test('trusts each of several authorities', async () => {
      const { port } = await controller((outgoing) => outgoing.end('{}'));
      const other = await identityFor('localhost');
      const authorities = other.authority + identity.authority;
      expect(await getHost().post(report(port, { authorities }))).toMatchObject({ outcome: 'answer' });
    });

    test('fails when the server is away, silent, or the token can’t be sent', async () => {
      const { port } = await controller(() => undefined);
      const silent = await getHost().post(report(port, { timeoutMilliseconds: 200 }));
      expect(silent).toEqual({ outcome: 'failed', message: 'no answer in time' });
      expect(await getHost().post(report(port, { bearerToken: 'a\nb' }))).toMatchObject({ outcome: 'failed' });
      expect(await getHost().post(report(await freePort()))).toMatchObject({ outcome: 'failed' });
      expect(await getHost().post(report(port, { authorities: 'none' }))).toMatchObject({ outcome: 'failed' });
      const url = 'https://no-such-name.invalid/v1/reports';
      expect(await getHost().post(report(port, { url }))).toMatchObject({ outcome: 'failed' });
    });
  });
}
