import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bundle } from '#infra/images/bundle.ts';

const projectDirectory = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'settings-e2e-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Starts a process from its bundle, as its container would, with nothing in its environment but what is given. */
async function start(entry: string, env: Readonly<Record<string, string>>) {
  const file = join(directory, `${entry.replaceAll('/', '-')}.mjs`);
  writeFileSync(file, await bundle(projectDirectory, entry));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', env, timeout: 30_000 });
  return { status, output: stdout + stderr };
}

it('the webhook names every bad setting at once and exits', async () => {
  const { status, output } = await start('webhook/main.ts', {
    AUTOPILOT_LOG_LEVEL: 'loud',
    AUTOPILOT_AGENT_PROBE_SECONDS: 'often',
    AUTOPILOT_TYPO: '1',
  });
  expect(status).toBe(1);
  expect(output).toContain('AP_SETTINGS_INVALID');
  for (const name of ['NAMESPACE', 'WEBHOOK_CONFIGURATION', 'WEBHOOK_SERVICE', 'WEBHOOK_TLS_SECRET', 'AGENT_IMAGE']) {
    expect(output).toContain(`AUTOPILOT_${name} is required`);
  }
  expect(output).toContain('AUTOPILOT_LOG_LEVEL must be one of');
  expect(output).toContain('AUTOPILOT_AGENT_PROBE_SECONDS must be number');
  expect(output).toContain('AUTOPILOT_TYPO is not a setting');
});

it('the controller names every bad setting at once and exits', async () => {
  const { status, output } = await start('controller/main.ts', {
    AUTOPILOT_MAX_ATTEMPTS: '-1',
    AUTOPILOT_COOLDOWN_SECONDS: 'soon',
    AUTOPILOT_TYPO: '1',
  });
  expect(status).toBe(1);
  expect(output).toContain('AP_SETTINGS_INVALID');
  for (const name of ['NAMESPACE', 'POD_NAME', 'TLS_SECRET']) expect(output).toContain(`AUTOPILOT_${name} is required`);
  expect(output).toContain('AUTOPILOT_MAX_ATTEMPTS must be >=');
  expect(output).toContain('AUTOPILOT_COOLDOWN_SECONDS must be integer');
  expect(output).toContain('AUTOPILOT_TYPO is not a setting');
});

it('the agent names every bad setting at once and exits', async () => {
  const { status, output } = await start('sidecar/hosts/node/main.ts', {
    AUTOPILOT_REPORT_URL: 'http://plain',
    AUTOPILOT_PROBES: '{',
    AUTOPILOT_PROBE_SECONDS: 'often',
  });
  expect(status).toBe(1);
  expect(output).toContain('AUTOPILOT_REPORT_URL is not an https URL');
  expect(output).toContain('AUTOPILOT_PROBES');
  expect(output).toContain('AUTOPILOT_PROBE_SECONDS is not a number from 0.1 to 60');
  for (const name of ['CA', 'TOKEN_FILE', 'NAMESPACE', 'POD_NAME', 'POD_UID', 'POD_IP']) {
    expect(output).toContain(`AUTOPILOT_${name} is required`);
  }
});
