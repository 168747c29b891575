import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { sendJson, startLoopbackApi, type LoopbackAnswer, type LoopbackApi } from '#test/support/loopback-api.ts';
import { AutopilotError } from '../errors.ts';
import { makeKubeTransport, type KubeTransport } from './transport.ts';

let api: LoopbackApi | undefined;
let transport: KubeTransport | undefined;

async function start(answer: LoopbackAnswer): Promise<KubeTransport> {
  api = await startLoopbackApi(answer);
  transport = await makeKubeTransport(api.config);
  return transport;
}

afterEach(async () => {
  transport?.close();
  await api?.stop();
});

test('sends the token, the query and the body, and reads the answer', async () => {
  const seen: string[] = [];
  const kube = await start((request, response) => {
    seen.push(`${request.method} ${request.url.pathname}${request.url.search} ${request.body}`);
    sendJson(response, 201, { created: true });
  });
  const answer = await kube.request({
    method: 'POST',
    path: '/api/v1/things',
    query: { dryRun: 'All' },
    body: { a: 1 },
  });
  expect(answer).toEqual({ ok: true, status: 201, body: { created: true } });
  expect(seen).toEqual(['POST /api/v1/things?dryRun=All {"a":1}']);
});

test('makes a hundred calls in a row over one connection', async () => {
  const kube = await start((_request, response) => sendJson(response, 200, {}));
  for (let call = 0; call < 100; call += 1) await kube.request({ method: 'GET', path: '/version' });
  expect(api?.connections()).toBe(1);
});

test('gives a refusal back as a value with its reason, causes and Retry-After', async () => {
  const status = {
    reason: 'TooManyRequests',
    message: 'Cannot evict pod',
    details: { causes: [{ reason: 'DisruptionBudget' }] },
  };
  const kube = await start((_request, response) => sendJson(response, 429, status, { 'retry-after': '7' }));
  expect(await kube.request({ method: 'POST', path: '/x', body: {} })).toEqual({
    ok: false,
    status: 429,
    reason: 'TooManyRequests',
    message: 'Cannot evict pod',
    causes: ['DisruptionBudget'],
    retryAfterSeconds: 7,
  });
});

test('keeps the text of a refusal that is not JSON', async () => {
  const kube = await start((_request, response) => {
    response.writeHead(502);
    response.end('<html>bad gateway</html>');
  });
  expect(await kube.request({ method: 'GET', path: '/x' })).toMatchObject({
    ok: false,
    status: 502,
    message: '<html>bad gateway</html>',
  });
});

test('fails with its code when the server never answers', async () => {
  const kube = await start(() => undefined);
  const request = kube.request({ method: 'GET', path: '/x', timeoutMilliseconds: 50 });
  await expect(request).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
});

test('fails with its code when a stream has no headers before the deadline', async () => {
  const kube = await start(() => undefined);
  const opening = kube.open({ method: 'GET', path: '/x', timeoutMilliseconds: 50 });
  await expect(opening).rejects.toBeInstanceOf(AutopilotError);
});

test('fails with its code when a good status carries a torn body', async () => {
  const kube = await start((_request, response) => {
    response.writeHead(200);
    response.end('{"items":[');
  });
  await expect(kube.request({ method: 'GET', path: '/x' })).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
});

test('repeats a request whose kept connection the server closed at the moment of reuse', async () => {
  let calls = 0;
  const kube = await start((_request, response) => {
    calls += 1;
    if (calls === 2) response.socket?.resetAndDestroy();
    else sendJson(response, 200, { call: calls });
  });
  await kube.request({ method: 'GET', path: '/x' });
  expect(await kube.request({ method: 'GET', path: '/x' })).toMatchObject({ ok: true, body: { call: 3 } });
});

test('reads a token’s file again after a minute, so that a rotated one needs no restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'token-'));
  const tokenFile = join(folder, 'token');
  // oxlint-disable-next-line no-restricted-properties -- the library that reads the file asks no other clock
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const kube = await start(({ authorization }, response) => sendJson(response, 200, { authorization }));
    const cluster = api?.config.getCurrentCluster();
    if (!api || !cluster) throw new Error('not started');
    const authProvider = { name: 'tokenFile', config: { tokenFile } };
    api.config.loadFromClusterAndUser(cluster, { name: 'tester', authProvider });
    const sentAfter = async (milliseconds: number, token: string): Promise<unknown> => {
      vi.setSystemTime(Date.now() + milliseconds);
      await writeFile(tokenFile, token);
      return await kube.request({ method: 'GET', path: '/version' });
    };
    expect(await sentAfter(0, 'first')).toMatchObject({ body: { authorization: 'Bearer first' } });
    expect(await sentAfter(61_000, 'second')).toMatchObject({ body: { authorization: 'Bearer second' } });
    expect(api.connections()).toBe(1);
  } finally {
    vi.useRealTimers();
    await rm(folder, { recursive: true });
  }
});
