import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { ProbeTarget } from '#contract/agent-settings.ts';
import { maximumReportBytes, reportSchema, type Report } from '#contract/report.ts';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { appContainer, showProcesses, type FakeProcess } from '#test/support/fake-processes.ts';
import { runAgent } from '../agent.ts';

const mebibyte = 1_048_576;
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
const main: FakeProcess = { processId: 20, container: appContainer, anonymousBytes: 64 * mebibyte };
const running = { containers: [{ name: 'cart', id: appContainer, memoryLimitBytes: 512 * mebibyte }] };
const validate = new Ajv({ strict: true }).compile(reportSchema);

/** An agent whose reports are answered by what the API server knows, once somebody shares the processes. */
async function start({ shared = true } = {}) {
  const host = makeFakeHost(variables);
  const told = { answer: running as object };
  host.answers.post = () => ({ outcome: 'answer', status: 200, body: JSON.stringify(told.answer) });
  if (shared) showProcesses(host, [main]);
  else host.answers.files['/proc/self/stat'] = `1 (agent) S 0 ${'0 '.repeat(17)}1 0 0`;
  await runAgent(host);
  const reports = (): Report[] => host.posts.map((body) => JSON.parse(body) as Report);
  const logged = (message: string) =>
    host.lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ msg }) => msg === message);
  return { host, told, reports, logged };
}

describe('an agent that sees the app’s processes', () => {
  test('foretells a leak in time, at once and with what was recorded', async () => {
    const { host, reports } = await start();
    await host.advance(10_000);
    const began = host.now();
    for (let second = 0; second < 24; second += 1) {
      showProcesses(host, [{ ...main, anonymousBytes: (64 + 19.07 * second) * mebibyte }]);
      await host.advance(1_000);
    }
    const first = reports().find(({ memory }) => memory !== undefined);
    const metAt = began + ((512 - 64) / 19.07) * 1000;
    expect(metAt - Date.parse(first?.sentAt ?? '')).toBeGreaterThan(5_000);
    expect(first?.memory?.[0]).toMatchObject({ container: 'cart', limitBytes: 512 * mebibyte });
    expect(first?.recorder?.reason).toBe('memory');
    expect(first?.recorder?.series.find(({ signal }) => signal === 'memory')).toMatchObject({ of: 'cart', limit: 512 });
    for (const report of reports()) expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  });

  test('tells of a main process that is gone within a tick, and of kills on the node with it', async () => {
    const { host, reports } = await start();
    host.answers.files['/proc/vmstat'] = 'a 1\noom_kill 3\n';
    await host.advance(10_000);
    const before = reports().length;
    host.answers.files['/proc/vmstat'] = 'a 1\noom_kill 4\n';
    const goneAt = host.now();
    showProcesses(host, []);
    await host.advance(1_000);
    const [told] = reports().slice(before);
    expect(told?.vanished?.[0]?.container).toBe('cart');
    expect(Date.parse(told?.vanished?.[0]?.at ?? '') - goneAt).toBeLessThanOrEqual(1_000);
    const kills = told?.recorder?.series.find(({ signal }) => signal === 'oom-kills');
    expect(kills?.fine.at(-1)).toBe(1);
  });

  test('no longer tells of it once the container has begun anew', async () => {
    const { host, told, reports } = await start();
    await host.advance(10_000);
    showProcesses(host, []);
    await host.advance(2_000);
    const next = 'd'.repeat(64);
    showProcesses(host, [{ ...main, processId: 60, container: next }]);
    told.answer = { containers: [{ name: 'cart', id: next }] };
    await host.advance(11_000);
    expect(reports().at(-1)).not.toHaveProperty('vanished');
  });

  test('says once why open files can not be counted', async () => {
    const { host, logged } = await start();
    await host.advance(60_000);
    expect(logged('open files can not be counted')).toMatchObject({ container: 'cart', problem: 'no such folder' });
    expect(host.lines.filter((line) => line.includes('open files'))).toHaveLength(1);
  });

  test('shows it in its metrics', async () => {
    const { host } = await start();
    await host.advance(10_000);
    const page = (await host.page('/metrics')) as { readonly body: string };
    expect(page.body).toContain('autopilot_agent_app_memory_used_ratio 0.125\n');
    expect(page.body).toContain('autopilot_agent_app_zombies 0\n');
    expect(page.body).toContain('autopilot_agent_app_findings{finding="vanished"} 0\n');
  });
});

describe('an agent that sees no processes of the app', () => {
  test('says why, and looks for none', async () => {
    const { host, logged } = await start({ shared: false });
    let listed = 0;
    host.listFolder = () => {
      listed += 1;
      return Promise.resolve({ problem: 'none' });
    };
    await host.advance(10_000);
    expect(logged('agent started')).toMatchObject({ processSignals: 'off: the process namespace is not shared' });
    expect(listed).toBe(0);
    const page = (await host.page('/metrics')) as { readonly body: string };
    expect(page.body).not.toContain('app_memory');
  });

  test('takes the processes of the whole node for none of its pod’s', async () => {
    const { host, logged } = await start({ shared: false });
    showProcesses(host, [main]);
    host.answers.files['/proc/1/cgroup'] = '0::/../../init.scope\n';
    await runAgent(host);
    expect(logged('agent started')).toMatchObject({ processSignals: expect.stringContaining('not shared') as string });
    const started = host.lines.findLast((line) => line.includes('agent started')) ?? '';
    expect(started).toContain('the process namespace is the node’s');
  });
});

describe('the recorder of an agent', () => {
  test('knows how often a container began anew, though no process is seen', async () => {
    const { host, told, reports } = await start({ shared: false });
    await host.advance(20_000);
    told.answer = { containers: [{ name: 'cart', id: 'd'.repeat(64) }] };
    await host.advance(10_000);
    host.answers.request = () => ({ outcome: 'refused', message: 'no' });
    await host.advance(2_000);
    const series = reports().find(({ recorder }) => recorder !== undefined)?.recorder?.series;
    expect(series?.find(({ signal }) => signal === 'restarts')).toMatchObject({ of: 'cart' });
  });

  test('comes when a probe begins to fail and when its threshold passes, not with each try nor with a heartbeat', async () => {
    const { host, reports } = await start({ shared: false });
    await host.advance(20_000);
    host.answers.request = () => ({ outcome: 'timeout', message: 'slow' });
    await host.advance(30_000);
    const recorded = reports().filter(({ recorder }) => recorder !== undefined);
    expect(recorded.map(({ probes }) => probes[0]?.state)).toEqual(['failing', 'failing']);
    const probe = recorded[1]?.recorder?.series.find(({ signal }) => signal === 'probe');
    expect(probe?.of).toBe('cart/liveness');
    expect(probe?.fine.filter((value) => value === -2).length).toBeGreaterThanOrEqual(5);
    expect(probe?.coarse.every((value) => value !== null && value >= 0)).toBe(true);
  });

  test('comes once for a probe that flaps', async () => {
    const { host, reports } = await start({ shared: false });
    let tries = 0;
    host.answers.request = () =>
      (tries += 1) % 2 === 0 ? { outcome: 'answer', status: 200 } : { outcome: 'refused', message: 'no' };
    await host.advance(60_000);
    const recorded = reports().filter(({ recorder }) => recorder !== undefined).length;
    expect(recorded).toBeGreaterThan(2);
    expect(recorded).toBeLessThanOrEqual(7);
  });

  test('comes when it is asked for, and asking without end brings no flood', async () => {
    const { host, told, reports } = await start({ shared: false });
    await host.advance(20_000);
    told.answer = { containers: [], wantsRecorder: true };
    const before = reports().length;
    await host.advance(60_000);
    const sent = reports().slice(before);
    expect(sent.some(({ recorder }) => recorder?.reason === 'asked')).toBe(true);
    expect(sent.length).toBeLessThanOrEqual(30);
  });

  test('leaves a report within its bound', async () => {
    const { host, reports } = await start();
    await host.advance(130_000);
    host.answers.request = () => ({ outcome: 'refused', message: 'no' });
    await host.advance(2_000);
    const recorded = reports().find(({ recorder }) => recorder !== undefined);
    expect(JSON.stringify(recorded).length).toBeLessThan(maximumReportBytes / 8);
  });
});
