import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { reportPath, type Report } from '#contract/report.ts';
import { freePort, identityFor, listen, undo, undoAfterEach, type Identity } from './loopback.ts';
import { programs, run, type Running } from './programs.ts';

undoAfterEach();

const built = programs();

const hasIpv6 = (networkInterfaces()['lo'] ?? []).some(({ family }) => family === 'IPv6');

interface Seen {
  readonly token: string | undefined;
  readonly report: Report;
}

describe.skipIf('problem' in built)('the agent’s program', () => {
  let identity: Identity;
  beforeAll(async () => {
    identity = await identityFor('localhost');
  });

  /** A controller that takes every report. */
  const controller = async (): Promise<{ port: number; seen: Seen[]; connections: () => number }> => {
    const seen: Seen[] = [];
    let connections = 0;
    const server = https.createServer(identity, (incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
      incoming.on('end', () => {
        if (incoming.url === reportPath) {
          seen.push({ token: incoming.headers.authorization, report: JSON.parse(body) as Report });
        }
        outgoing.writeHead(202).end();
      });
    });
    server.on('secureConnection', () => (connections += 1));
    return { port: await listen(server), seen, connections: () => connections };
  };

  const start = async (changes: Readonly<Record<string, string>>): Promise<Running & { readonly port: number }> => {
    const folder = await mkdtemp(join(tmpdir(), 'agent-'));
    undo(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'a-token\n');
    const port = await freePort();
    const running = run('agent' in built ? built.agent : '', {
      AUTOPILOT_REPORT_URL: 'https://localhost:1/v1/reports',
      AUTOPILOT_CA: identity.authority,
      AUTOPILOT_TOKEN_FILE: join(folder, 'token'),
      AUTOPILOT_NAMESPACE: 'shop',
      AUTOPILOT_POD_NAME: 'cart-1',
      AUTOPILOT_POD_UID: 'uid-1',
      AUTOPILOT_POD_IP: '127.0.0.1',
      AUTOPILOT_PROBES: '[]',
      AUTOPILOT_PROBE_SECONDS: '0.1',
      AUTOPILOT_PORT: String(port),
      ...changes,
    });
    undo(() => running.child.kill('SIGKILL'));
    return { ...running, port };
  };

  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  /** An agent whose pages are up. */
  const startServing = async (): Promise<Running & { readonly port: number }> => {
    const running = await start({});
    while (!(await fetch(`http://127.0.0.1:${running.port}/healthz`).catch(() => undefined))?.ok);
    return running;
  };

  test('reports what its probes see, over one connection and with its token', async () => {
    const { port, seen, connections } = await controller();
    let isWell = true;
    const app = await listen(
      http.createServer((incoming, outgoing) => {
        // One probe fails and another hangs; the third goes on as before.
        if (isWell || incoming.url !== '/readyz') outgoing.writeHead(isWell ? 200 : 500).end();
      }),
    );
    const common = { container: 'app', periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 };
    const page = { type: 'http', scheme: 'http', port: app, headers: [] };
    const probes = [
      { ...common, probe: 'liveness', action: { ...page, path: '/livez' } },
      { ...common, probe: 'readiness', action: { ...page, path: '/readyz' } },
      { ...common, probe: 'startup', action: { type: 'tcp', port: app } },
    ];
    await start({
      AUTOPILOT_REPORT_URL: `https://localhost:${port}${reportPath}`,
      AUTOPILOT_PROBES: JSON.stringify(probes),
    });
    const states = (): string => (seen.at(-1)?.report.probes ?? []).map(({ state }) => state).join(' ');
    await until(() => states() === 'succeeding succeeding succeeding');
    isWell = false;
    await until(() => states() === 'failing failing succeeding');
    expect(seen.at(-1)?.report.probes).toMatchObject([
      { failure: 'status', statusCode: 500 },
      { failure: 'timeout' },
      {},
    ]);
    expect(new Set(seen.map(({ token }) => token))).toEqual(new Set(['Bearer a-token']));
    expect(connections()).toBe(1);
  });

  test('serves its health and its metrics, and nothing else', async () => {
    const { port } = await startServing();
    const base = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${base}/healthz?x`)).text()).toBe('ok\n');
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toMatch(/^autopilot_agent_resident_bytes \d{7}$/m);
    expect((await fetch(`${base}/other`)).status).toBe(404);
    expect((await fetch(`${base}/healthz`, { method: 'POST' })).status).toBe(404);
  });

  test.skipIf(!hasIpv6)('serves its pages over IPv6 as well', async () => {
    const { port } = await startServing();
    expect(await (await fetch(`http://[::1]:${port}/healthz`)).text()).toBe('ok\n');
  });

  test('holds a bounded number of readers, each for a bounded time', async () => {
    const { port } = await startServing();
    const sockets = Array.from({ length: 40 }, () => net.connect(port, '127.0.0.1').on('error', () => undefined));
    undo(() => sockets.forEach((socket) => socket.destroy()));
    const closed = (): number => sockets.filter((socket) => socket.resume().closed).length;
    await until(() => closed() >= 24);
    await until(() => closed() === 40);
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('ok\n');
  });

  test.each([
    ['nonsense', 'nonsense\r\n\r\n'],
    ['a head without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`],
    ['no words', '\0'.repeat(100)],
  ])('answers to %s and goes on', async (_what, text) => {
    const { port } = await startServing();
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(text);
    await new Promise((resolve) => socket.resume().on('close', resolve));
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });

  test('goes on without its pages when the app has taken their port', async () => {
    const taken = await listen(net.createServer());
    const { line, child } = await start({ AUTOPILOT_PORT: String(taken) });
    expect(await line('health and metrics are not served')).toContain('EADDRINUSE');
    expect(child.exitCode).toBeNull();
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 within a second of %s', async (signal) => {
    const { child, exit } = await startServing();
    const began = performance.now();
    child.kill(signal);
    expect(await exit()).toBe(0);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('says what is wrong with its settings and ends with 1', async () => {
    const { exit, lines } = await start({ AUTOPILOT_CA: '' });
    expect(await exit()).toBe(1);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ problems: ['AUTOPILOT_CA is required'] });
  });
});
