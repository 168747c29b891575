import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { ProbeTarget } from '#contract/agent-settings.ts';
import { reportSchema, type Report } from '#contract/report.ts';
import { fakeEpoch, makeFakeHost } from '#test/support/fake-host.ts';
import { runAgent } from './agent.ts';
import type { Host } from './host.ts';
import { agentVersion } from './version.ts';

const liveness: ProbeTarget = {
  container: 'cart',
  probe: 'liveness',
  action: { type: 'http', scheme: 'http', port: 8080, path: '/live', headers: [] },
  periodSeconds: 2,
  timeoutSeconds: 1,
  failureThreshold: 3,
};

const variables = {
  AUTOPILOT_REPORT_URL: 'https://controller.autopilot.svc/v1/reports',
  AUTOPILOT_CA: '-----BEGIN CERTIFICATE-----',
  AUTOPILOT_TOKEN_FILE: '/token',
  AUTOPILOT_NAMESPACE: 'shop',
  AUTOPILOT_POD_NAME: 'cart-1',
  AUTOPILOT_POD_UID: 'uid-1',
  AUTOPILOT_POD_IP: '10.0.0.7',
  AUTOPILOT_PROBES: JSON.stringify([liveness]),
};

const good = { outcome: 'answer', status: 200, location: undefined };
const refused = { outcome: 'refused', message: 'ECONNREFUSED' };
const unreachable = { outcome: 'failed', message: 'ECONNREFUSED' };
const accepted = { outcome: 'answer', status: 204, retryAfterSeconds: undefined };

async function start(changes: Readonly<Record<string, string | undefined>> = {}) {
  const host = makeFakeHost({ ...variables, ...changes });
  await runAgent(host satisfies Host);
  const reports = (): Report[] => host.posts.map((body) => JSON.parse(body) as Report);
  return { host, reports, newest: () => reports().at(-1)?.probes[0] };
}

describe('the agent', () => {
  test('sends only reports that keep to the contract, numbered without a gap', async () => {
    const { host, reports } = await start();
    host.answers.request = ({ path }) => (host.monotonic() > 20_000 && path === '/live' ? refused : good);
    await host.advance(60_000);
    const validate = new Ajv().compile(reportSchema);
    for (const report of reports()) expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(reports().map(({ agent }) => agent.sequence)).toEqual(reports().map((_, index) => index + 1));
    expect(reports().length).toBeGreaterThan(12);
  });

  test('says nothing of a probe before its first success, however often it fails', async () => {
    const { host, newest } = await start();
    host.answers.request = () => refused;
    await host.advance(60_000);
    expect(newest()).toMatchObject({ state: 'unknown' });
    expect(newest()).not.toHaveProperty('failure');
    host.answers.request = () => good;
    await host.advance(1_500);
    expect(newest()).toMatchObject({ state: 'succeeding', consecutiveFailures: 0 });
  });

  test('tells of a failure within a tick, again when the author’s threshold passes, and of the recovery', async () => {
    const { host, reports, newest } = await start();
    await host.advance(11_400);
    host.answers.request = () => refused;
    const before = reports().length;
    await host.advance(1_000);
    expect(newest()).toMatchObject({ state: 'failing', failure: 'refused', consecutiveFailures: 1 });
    expect(reports().length).toBe(before + 1);
    const failingSince = Date.parse(newest()?.failingSince ?? '');
    expect(Date.parse(newest()?.lastSuccessAt ?? '')).toBeLessThan(failingSince);
    await host.advance(7_000);
    const times = reports()
      .slice(before)
      .map(({ sentAt }) => Date.parse(sentAt) - failingSince);
    expect(times).toContain(6_000);
    host.answers.request = () => good;
    await host.advance(1_000);
    expect(newest()).toMatchObject({ state: 'succeeding', consecutiveFailures: 0 });
    expect(newest()).not.toHaveProperty('failingSince');
  });

  test('tells of a silence the moment that it has lasted for as long as the pod allows', async () => {
    const { host, reports, newest } = await start({ AUTOPILOT_HANG_SECONDS: '2' });
    await host.advance(11_400);
    const lastSuccessAt = Date.parse(newest()?.lastSuccessAt ?? '');
    host.answers.request = () => ({ outcome: 'timeout', message: 'slow' });
    const before = reports().length;
    await host.advance(4_000);
    const silences = reports()
      .slice(before)
      .map(({ sentAt }) => Date.parse(sentAt) - lastSuccessAt);
    expect(silences.some((silence) => silence >= 2_000 && silence < 2_100)).toBe(true);
  });

  test('takes an answer later than the probe’s own timeout as a failure', async () => {
    const { host, newest } = await start();
    await host.advance(2_000);
    const asked: number[] = [];
    host.answers.request = ({ timeoutMilliseconds }) => {
      asked.push(timeoutMilliseconds);
      return { outcome: 'timeout', message: 'slow' };
    };
    await host.advance(1_000);
    expect(asked).toEqual([1_000]);
    expect(newest()).toMatchObject({ state: 'failing', failure: 'timeout' });
  });

  test('beats every five seconds when nothing changes', async () => {
    const { host, reports } = await start();
    await host.advance(2_000);
    const before = reports().length;
    await host.advance(50_000);
    expect(reports().length - before).toBe(10);
  });

  test('goes on probing while the controller is away, and tells the whole story when it is back', async () => {
    const { host, reports } = await start();
    host.answers.post = () => unreachable;
    let broken = false;
    host.answers.request = () => (broken ? refused : good);
    for (let flap = 0; flap < 30; flap += 1) {
      await host.advance(2_000);
      broken = !broken;
    }
    const away = reports().length;
    host.answers.post = () => accepted;
    await host.advance(16_000);
    const told = reports().slice(away);
    expect(told.length).toBeGreaterThanOrEqual(30);
    expect(told.map(({ agent }) => agent.sequence)).toEqual(
      told.map(({ agent }) => agent.sequence).toSorted((left, right) => left - right),
    );
    const states = told.map(({ probes }) => probes[0]?.state);
    expect(states.filter((state, index) => state === 'failing' && states[index - 1] !== 'failing')).toHaveLength(15);
    expect(told[0]?.waitedSeconds).toBeGreaterThan(50);
    expect(told.at(-1)).not.toHaveProperty('waitedSeconds');
    const page = (await host.page('/metrics')) as { readonly body: string };
    expect(page.body).toMatch(/reports_total\{result="dropped"\} 0/);
  });

  test('reads the token anew for each report', async () => {
    const { host, reports } = await start();
    delete host.answers.files['/token'];
    await host.advance(30_000);
    expect(reports()).toHaveLength(1);
    host.answers.files['/token'] = 'renewed';
    await host.advance(15_000);
    expect(reports().length).toBeGreaterThan(1);
  });

  test('serves its health and its metrics, and nothing else', async () => {
    const { host } = await start();
    host.answers.files['/proc/self/status'] = 'VmRSS:\t   2048 kB\n';
    await host.advance(5_000);
    expect(await host.page('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await host.page('/')).toBeUndefined();
    const page = (await host.page('/metrics')) as { readonly body: string };
    expect(page.body).toContain('autopilot_agent_probes{state="succeeding"} 1\n');
    expect(page.body).toContain('autopilot_agent_resident_bytes 2097152\n');
  });

  test('is unhealthy when its probes stand still', async () => {
    const { host } = await start();
    await host.advance(2_000);
    host.connect = () => new Promise<never>(() => undefined);
    host.request = () => new Promise<never>(() => undefined);
    await host.advance(200_000);
    expect(await host.page('/healthz')).toMatchObject({ status: 503 });
  });

  test('watches nothing where nothing can be watched, and still says that it lives', async () => {
    const { host, reports } = await start({ AUTOPILOT_PROBES: '[]' });
    await host.advance(11_000);
    expect(reports().map(({ probes }) => probes)).toEqual([[], [], []]);
  });

  test('ends at once when it is stopped', async () => {
    const { host } = await start();
    host.stop();
    expect(host.exits).toEqual([0]);
  });

  test('names every bad setting in one line and ends with 1', async () => {
    const { host } = await start({ AUTOPILOT_POD_IP: 'nowhere', AUTOPILOT_PROBES: '{', AUTOPILOT_CA: undefined });
    expect(host.exits).toEqual([1]);
    expect(JSON.parse(host.lines[0] ?? '')).toMatchObject({
      problems: ['AUTOPILOT_CA is required', 'AUTOPILOT_POD_IP is not an IP address', 'AUTOPILOT_PROBES is not JSON'],
    });
    expect(host.posts).toEqual([]);
  });
});

test('the fake’s time begins at a fixed moment, so that reports can be compared', async () => {
  const { host, reports } = await start();
  await host.advance(1);
  expect(reports()[0]?.sentAt).toBe(new Date(fakeEpoch).toISOString());
});

test('the agent’s version is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(agentVersion).toBe(manifest.version);
});
