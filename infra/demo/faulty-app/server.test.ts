import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeServer } from './server.ts';
import { openState } from './state.ts';

async function start(): Promise<{ readonly url: string; readonly directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'faulty-app-test-'));
  const server = makeServer(openState(directory), () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, directory };
}

it('answers its health routes until a failing probe is injected, and again after it is taken back', async () => {
  const { url } = await start();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/fault/fail-liveness`, { method: 'POST' })).status).toBe(202);
  expect((await fetch(`${url}/healthz`)).status).toBe(503);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await fetch(`${url}/fault/fail-liveness`, { method: 'DELETE' });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('keeps an injected readiness failure over a restart of the container', async () => {
  const { url, directory } = await start();
  await fetch(`${url}/fault/fail-readiness`, { method: 'POST' });
  expect(openState(directory).isMarked('fail-readiness')).toBe(true);
});

it('finds its state unusable once it was corrupted, with the reason', async () => {
  const { directory } = await start();
  const state = openState(directory);
  expect(state.check()).toEqual({ usable: true });
  state.corrupt();
  expect(openState(directory).check()).toMatchObject({ usable: false, why: expect.stringContaining('corrupt') });
});

it('knows no other fault', async () => {
  const { url } = await start();
  expect((await fetch(`${url}/fault/meteorite`, { method: 'POST' })).status).toBe(404);
});

it('takes no memory at a rate that is none', async () => {
  const { url } = await start();
  expect((await fetch(`${url}/memory/leak?rate=lots`, { method: 'POST' })).status).toBe(400);
  expect((await fetch(`${url}/memory/flood?rate=1`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${url}/memory/steady?rate=1`, { method: 'POST' })).status).toBe(202);
});

it('injects a fault that is ordered for later at that time and not before', async () => {
  const { url } = await start();
  const at = Date.now() + 300;
  const ordered = await fetch(`${url}/fault/fail-liveness?at=${at}`, { method: 'POST' });
  expect(await ordered.json()).toMatchObject({ faultAt: new Date(at).toISOString() });
  const statuses: number[] = [];
  while (statuses.at(-1) !== 503) statuses.push((await fetch(`${url}/healthz`)).status);
  expect(Date.now()).toBeGreaterThanOrEqual(at);
});

it.each(['soon', String(Date.now() + 3_600_000)])('refuses a fault at %s', async (at) => {
  const { url } = await start();
  expect((await fetch(`${url}/fault/fail-liveness?at=${at}`, { method: 'POST' })).status).toBe(400);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
