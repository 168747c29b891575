import { afterEach, expect, test } from 'vitest';
import { startLoopbackApi, type LoopbackAnswer, type LoopbackApi } from '#test/support/loopback-api.ts';
import { makeAddressGuard } from './address-guard.ts';
import { makeGuardedNetwork } from './guarded-network.ts';

let api: LoopbackApi | undefined;
afterEach(() => api?.stop());

async function start(answer: LoopbackAnswer): Promise<URL> {
  api = await startLoopbackApi(answer);
  return new URL(api.config.getCurrentCluster()?.server ?? '');
}

const post = (url: string) => ({ method: 'POST', url, headers: {}, body: '{"a":1}' }) as const;
const open = makeGuardedNetwork(makeAddressGuard(['127.0.0.0/8', '::1/128']));
const closed = makeGuardedNetwork(makeAddressGuard([]));

test('sends the body and reads status, text and Retry-After', async () => {
  const url = await start((request, response) => {
    response.writeHead(429, { 'retry-after': '3' });
    response.end(request.body);
  });
  expect(await open.send(post(url.href))).toEqual({ status: 429, body: '{"a":1}', retryAfterSeconds: 3 });
});

test('refuses a private address before anything is sent', async () => {
  const url = await start((_request, response) => response.end());
  await expect(closed.send(post(url.href))).rejects.toMatchObject({ code: 'AP_SINK_ADDRESS' });
  expect(api?.requests).toHaveLength(0);
});

test('refuses a name by what it resolves to when the connection is made', async () => {
  const url = await start((_request, response) => response.end());
  await expect(closed.send(post(`http://localhost:${url.port}/`))).rejects.toMatchObject({ code: 'AP_SINK_ADDRESS' });
  expect(api?.connections()).toBe(0);
});

test.each(['http://[::ffff:127.0.0.1]:1/', 'http://2130706433:1/', 'http://0x7f.1:1/', 'http://[::1]:1/'])(
  'refuses %s, however it is written',
  async (url) => {
    await expect(closed.send(post(url))).rejects.toMatchObject({ code: 'AP_SINK_ADDRESS' });
  },
);

test('follows no redirect', async () => {
  const url = await start((_request, response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' });
    response.end();
  });
  expect(await open.send(post(url.href))).toMatchObject({ status: 302 });
  expect(api?.requests).toHaveLength(1);
});
