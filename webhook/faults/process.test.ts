import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { startWebhookApi } from '#test/support/webhook-api.ts';
import { call, startTestServer, webhookName, type Called } from '#test/support/webhook-server.ts';
import { issueAuthority, issueLeaf } from '../certificates/issue.ts';
import { minimumTlsVersion } from '../server.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Tally {
  readonly answers: readonly Called[];
  readonly failures: readonly unknown[];
}

/** Sends calls at a steady pace, whatever becomes of the ones before, until told to stop. */
function load(perSecond: number, send: (index: number) => Promise<Called>): { stop: () => Promise<Tally> } {
  const answers: Called[] = [];
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * perSecond) / 1000;
    for (; sent < due; sent += 1) {
      const one = send(sent).then(
        (answer) => void answers.push(answer),
        (error: unknown) => void failures.push(error),
      );
      running.add(one);
      void one.finally(() => running.delete(one));
    }
  }, 5);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
      return { answers, failures };
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

test('fault 27: certificates of an old and a new authority are swapped under 200 requests/s, and no call fails', async () => {
  const now = Date.now();
  const [older, newer] = await Promise.all([issueAuthority(now), issueAuthority(now)]);
  const leaves = await Promise.all([older, newer].map((authority) => issueLeaf(authority, [webhookName], now)));
  const { server, port } = await startTestServer({ certificate: leaves[0] });
  // As the API server trusts while an authority is replaced: the new one is appended before anything is signed by it.
  const bundle = `${older.cert}${newer.cert}`;
  const kept = new https.Agent({ keepAlive: true, maxSockets: 16, ca: bundle });
  stops.push(
    () => server.close(),
    () => kept.destroy(),
  );
  // Every fourth call opens a connection of its own, as after an idle time.
  const calls = load(200, (index) => call(port, bundle, index % 4 === 0 ? {} : { agent: kept }));
  for (let swap = 1; swap <= 12; swap += 1) {
    await pause(200);
    server.server.setSecureContext({ ...leaves[swap % 2], minVersion: minimumTlsVersion });
  }
  const { answers, failures } = await calls.stop();
  expect(failures).toEqual([]);
  expect(answers.length).toBeGreaterThan(300);
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(new Set(answers.flatMap(({ peer }) => peer ?? [])).size).toBe(2);
}, 60_000);

/** A port that nothing listens on at the moment. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path, agent: false }, (response) => resolve(response.resume().statusCode ?? 0))
      .on('error', () => resolve(0));
  });
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`did not happen in 30 s: ${what}`);
    await pause(20);
  }
}

test('fault 31: a SIGTERM under load loses no call, and the process ends with 0 in less than 25 s', async () => {
  const api = await startWebhookApi();
  stops.push(() => api.stop());
  const [port, adminPort] = [await freePort(), await freePort()];
  const entry = fileURLToPath(new URL('../../test/support/webhook-process.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--no-warnings', entry, String(port), String(adminPort)], {
    env: { ...api.environment, AUTOPILOT_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  stops.push(() => child.kill('SIGKILL'));
  await until(async () => (await statusOf(adminPort, '/readyz')) === 200, 'the webhook is ready');

  const ca = api.secret('ca.crt');
  const kept = new https.Agent({ keepAlive: true, maxSockets: 16 });
  stops.push(() => kept.destroy());
  const servername = 'webhook.operations.svc';
  const calls = load(100, (index) => call(port, ca, { servername, ...(index % 4 === 0 ? {} : { agent: kept }) }));
  await pause(1_000);
  const signalledAt = performance.now();
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  // Kubernetes takes the pod out of the Service once it is not ready; what comes until then is still answered.
  await until(async () => (await statusOf(adminPort, '/readyz')) === 503, 'the webhook says that it is stopping');
  await pause(1_500);
  const { answers, failures } = await calls.stop();
  const [code] = await ended;
  expect(performance.now() - signalledAt).toBeLessThan(25_000);
  expect([code, failures]).toEqual([0, []]);
  expect(answers.length).toBeGreaterThan(150);
  expect(answers.every(({ status, body }) => status === 200 && body.includes('"patch"'))).toBe(true);
}, 90_000);

test('a start that fails says why, although lines are gathered', async () => {
  const entry = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', entry], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(code).toBe(1);
  expect(JSON.parse(said)).toMatchObject({ level: 'fatal', err: { code: 'AP_SETTINGS_INVALID' } });
}, 60_000);
