import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { startAdminServer } from './admin-server.ts';
import type { Stoppable } from './lifecycle.ts';
import { makeMetrics } from './metrics.ts';

const parts: Stoppable[] = [];
afterEach(async () => {
  for (const part of parts.splice(0)) await part.stop();
});

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0);
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function start(notReady: () => string | undefined): Promise<string> {
  const port = await freePort();
  parts.push(await startAdminServer(port, { notReady }, makeMetrics('webhook')));
  return `http://127.0.0.1:${port}`;
}

describe('the admin server', () => {
  test('is alive whether it is ready or not, and gives the reason when it is not', async () => {
    let reason: string | undefined = 'no certificate yet';
    const base = await start(() => reason);
    expect((await fetch(`${base}/livez`)).status).toBe(200);
    const waiting = await fetch(`${base}/readyz`);
    expect([waiting.status, await waiting.text()]).toEqual([503, 'no certificate yet\n']);
    reason = undefined;
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });

  test('gives metrics in the format of Prometheus', async () => {
    const response = await fetch(`${await start(() => undefined)}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await response.text()).toContain('autopilot_admission_seconds_count 0');
  });

  test('names the port that is taken', async () => {
    const taken = net.createServer().listen(0);
    const { port } = taken.address() as AddressInfo;
    parts.push({ name: 'taken', stop: () => new Promise((resolve) => taken.close(() => resolve())) });
    await expect(startAdminServer(port, { notReady: () => undefined }, makeMetrics('webhook'))).rejects.toMatchObject({
      code: 'AP_SERVER_LISTEN',
      message: expect.stringContaining(String(port)) as unknown,
    });
  });
});
