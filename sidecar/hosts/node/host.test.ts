import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';
import { afterEach, describe, expect, test } from 'vitest';
import { maximumAnswerBytes } from '#contract/command.ts';
import type { HttpRequest } from '../../host.ts';
import { fileSystem } from './file-system.ts';
import { servePages } from './pages.ts';
import { makePost } from './post.ts';
import { readSmallFile } from './read-file.ts';
import { connect, request } from './requests.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function ask(port: number, changes: Partial<HttpRequest> = {}): HttpRequest {
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

/** A self-signed certificate for localhost; made by hand because the agent issues none. */
function selfSigned(): { readonly key: string; readonly cert: string } {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000);
  const name = [{ name: 'commonName', value: 'localhost' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return { key: forge.pki.privateKeyToPem(keys.privateKey), cert: forge.pki.certificateToPem(certificate) };
}

const identity = selfSigned();

describe('an HTTP probe on Node', () => {
  test('gives status and location, follows nothing, and sends only the given headers', async () => {
    let headers: string[] = [];
    const port = await listen(
      http.createServer((incoming, outgoing) => {
        headers = incoming.rawHeaders;
        outgoing.writeHead(302, { location: '/there' }).end('moved');
      }),
    );
    expect(await request(ask(port))).toEqual({ outcome: 'answer', status: 302, location: '/there' });
    expect(headers).toEqual(['Host', 'cart.example', 'Connection', 'close']);
  });

  test('does not verify an app’s certificate, as the kubelet does not', async () => {
    const port = await listen(https.createServer(identity, (_incoming, outgoing) => outgoing.end('ok')));
    expect(await request(ask(port, { secure: true, timeoutMilliseconds: 3_000 }))).toMatchObject({ status: 200 });
  });

  test('reads no more of a long body than it must', async () => {
    const port = await listen(http.createServer((_incoming, outgoing) => outgoing.write('x'.repeat(5_000))));
    expect(await request(ask(port))).toMatchObject({ outcome: 'answer', status: 200 });
  });

  test('tells a refused connection', async () => {
    const server = net.createServer();
    const port = await listen(server);
    await stops.pop()?.();
    expect(await request(ask(port))).toMatchObject({ outcome: 'refused' });
    expect(await connect({ address: '127.0.0.1', port, timeoutMilliseconds: 300 })).toMatchObject({
      outcome: 'refused',
    });
  });

  test.each<[string, 'closed' | 'timeout', (socket: net.Socket) => void]>([
    ['closes without an answer', 'closed', (socket) => socket.end()],
    ['closes within the body', 'closed', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')],
    ['talks nonsense', 'closed', (socket) => socket.end('nonsense\r\n\r\n')],
    ['accepts and stays silent', 'timeout', () => undefined],
    ['stalls within the body', 'timeout', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')],
  ])('tells a server that %s as %s', async (_what, outcome, behave) => {
    const port = await listen(
      net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => behave(socket));
      }),
    );
    expect(await request(ask(port))).toMatchObject({ outcome });
  });

  test('answers for a header that can’t be sent instead of throwing', async () => {
    expect(await request(ask(1, { headers: [{ name: 'X', value: 'a\nb' }] }))).toMatchObject({ outcome: 'closed' });
  });

  test('opens a TCP connection and closes it', async () => {
    const server = net.createServer();
    const port = await listen(server);
    const accepted = once(server, 'connection') as Promise<[net.Socket]>;
    expect(await connect({ address: '127.0.0.1', port, timeoutMilliseconds: 300 })).toEqual({ outcome: 'connected' });
    const [socket] = await accepted;
    socket.resume();
    await once(socket, 'close');
  });
});

describe('a report on Node', () => {
  const report = (port: number, authorities: string) => ({
    url: `https://localhost:${port}/v1/reports`,
    authorities,
    bearerToken: 'a-token',
    body: '{}',
    timeoutMilliseconds: 3_000,
  });

  test('goes over one kept connection with its token', async () => {
    let connections = 0;
    const tokens: (string | undefined)[] = [];
    const server = https.createServer(identity, (incoming, outgoing) => {
      tokens.push(incoming.headers.authorization);
      incoming.resume().on('end', () => outgoing.writeHead(429, { 'retry-after': '7' }).end('{}'));
    });
    server.on('secureConnection', () => (connections += 1));
    const port = await listen(server);
    const post = makePost();
    const answer = { outcome: 'answer', status: 429, retryAfterSeconds: 7, body: '{}' };
    expect(await post(report(port, identity.cert))).toEqual(answer);
    expect(await post(report(port, identity.cert))).toEqual(answer);
    expect([connections, tokens]).toEqual([1, ['Bearer a-token', 'Bearer a-token']]);
  });

  test('has no answer when that is longer than any that is meant', async () => {
    const port = await listen(
      https.createServer(identity, (_incoming, outgoing) => outgoing.end('x'.repeat(maximumAnswerBytes + 1))),
    );
    expect(await makePost()(report(port, identity.cert))).toMatchObject({ outcome: 'failed' });
  });

  test('is not sent to a server that another authority vouches for', async () => {
    let requests = 0;
    const port = await listen(https.createServer(identity, () => (requests += 1)));
    expect(await makePost()(report(port, selfSigned().cert))).toMatchObject({ outcome: 'failed' });
    expect(requests).toBe(0);
  });

  test('fails when the server is away, silent, or the token can’t be sent', async () => {
    const port = await listen(https.createServer(identity, () => undefined));
    const post = makePost();
    const silent = await post({ ...report(port, identity.cert), timeoutMilliseconds: 200 });
    expect(silent).toEqual({ outcome: 'failed', message: 'no answer in time' });
    expect(await post({ ...report(port, identity.cert), bearerToken: 'a\nb' })).toMatchObject({ outcome: 'failed' });
    await stops.pop()?.();
    expect(await post(report(port, identity.cert))).toMatchObject({ outcome: 'failed' });
  });
});

describe('pages on Node', () => {
  test('are served to GET, and anything else is not found', async () => {
    const page = { status: 200, contentType: 'text/plain', body: 'ok\n' };
    const pages = await servePages(0, (path) => Promise.resolve(path === '/healthz' ? page : undefined));
    stops.push(() => Promise.resolve(pages.close()));
    const base = `http://127.0.0.1:${pages.port}`;
    expect(pages.problem).toBeUndefined();
    expect(await (await fetch(`${base}/healthz?x`)).text()).toBe('ok\n');
    expect((await fetch(`${base}/other`)).status).toBe(404);
    expect((await fetch(`${base}/healthz`, { method: 'POST' })).status).toBe(404);
  });

  test('report a port that is taken instead of ending the agent', async () => {
    const first = await servePages(0, () => Promise.resolve(undefined));
    stops.push(() => Promise.resolve(first.close()));
    const second = await servePages(first.port, () => Promise.resolve(undefined));
    expect(second.problem).toBe('EADDRINUSE');
  });
});

test('a small file is read whole, and a larger or missing one is a problem', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  stops.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'token'), 'a-token');
  expect(await readSmallFile(join(folder, 'token'), 7)).toEqual({ text: 'a-token' });
  expect(await readSmallFile(join(folder, 'token'), 6)).toEqual({ problem: 'larger than 6 bytes' });
  expect(await readSmallFile(join(folder, 'none'), 6)).toHaveProperty('problem');
  expect(await readSmallFile('/proc/self/status', 8_192)).toHaveProperty('text');
});

test('the figures of a file system are those of df', async () => {
  const answer = await fileSystem(tmpdir());
  if ('problem' in answer) throw new TypeError(answer.problem);
  expect(answer.totalBytes).toBeGreaterThan(answer.availableBytes);
  expect(answer.availableBytes).toBeGreaterThan(0);
  expect(await fileSystem('/nowhere')).toHaveProperty('problem');
});
