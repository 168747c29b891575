import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const main = new URL('./main.ts', import.meta.url).pathname;

const variables = {
  AUTOPILOT_REPORT_URL: 'https://127.0.0.1:1/v1/reports',
  AUTOPILOT_CA: '-----BEGIN CERTIFICATE-----',
  AUTOPILOT_TOKEN_FILE: '/none',
  AUTOPILOT_NAMESPACE: 'shop',
  AUTOPILOT_POD_NAME: 'cart-1',
  AUTOPILOT_POD_UID: 'uid-1',
  AUTOPILOT_POD_IP: '127.0.0.1',
  AUTOPILOT_PROBES: '[]',
  AUTOPILOT_PORT: '1',
};

test('the process says what is wrong with its settings and ends with 1', async () => {
  const child = spawn(process.execPath, [main], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(1);
  expect(JSON.parse(chunk.toString())).toMatchObject({
    problems: expect.arrayContaining(['AUTOPILOT_CA is required']) as unknown,
  });
});

test('the process runs with no controller and ends with 0 on SIGTERM', async () => {
  const child = spawn(process.execPath, [main], { env: variables, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
