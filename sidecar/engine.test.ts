import vm from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { appContainer, showProcesses } from '#test/support/fake-processes.ts';
import type { Host } from './host.ts';

const variables = {
  AUTOPILOT_REPORT_URL: 'https://controller.autopilot.svc/v1/reports',
  AUTOPILOT_CA: '-----BEGIN CERTIFICATE-----',
  AUTOPILOT_TOKEN_FILE: '/token',
  AUTOPILOT_NAMESPACE: 'shop',
  AUTOPILOT_POD_NAME: 'cart-1',
  AUTOPILOT_POD_UID: 'uid-1',
  AUTOPILOT_POD_IP: '10.0.0.7',
  AUTOPILOT_PROBES: JSON.stringify([
    {
      container: 'cart',
      probe: 'liveness',
      action: { type: 'http', scheme: 'http', port: 80, path: '/', headers: [] },
      periodSeconds: 10,
      timeoutSeconds: 1,
      failureThreshold: 3,
    },
    {
      container: 'cart',
      probe: 'readiness',
      action: { type: 'grpc', port: 90, service: 'shop.Größe' },
      periodSeconds: 10,
      timeoutSeconds: 1,
      failureThreshold: 3,
    },
  ]),
};

/** SETTINGS, DATA with SERVING, and HEADERS that end the call. */
const answerOfServing = [
  [0, 0, 0, 4, 0, 0, 0, 0, 0],
  [0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 8, 1],
  [0, 0, 0, 1, 5, 0, 0, 0, 1],
];

test('the core runs on a bare engine that has the language and nothing of Node or the web', async () => {
  const built = await build({
    entryPoints: [new URL('./agent.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'core',
    platform: 'neutral',
    logLevel: 'silent',
  });
  const script = built.outputFiles[0]?.text ?? '';
  const bare = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
  const runAgent = vm.runInContext(`${script}; core.runAgent`, bare) as (host: Host) => Promise<void>;
  const host = makeFakeHost(variables);
  const answer = { containers: [{ name: 'cart', id: appContainer, memoryLimitBytes: 1e9 }] };
  host.answers.post = () => ({ outcome: 'answer', status: 200, body: JSON.stringify(answer) });
  showProcesses(host, [{ processId: 20, container: appContainer }]);
  host.answers.converse = ({ hear }) => {
    for (const frame of answerOfServing) hear(Uint8Array.from(frame));
    return { outcome: 'heard' };
  };
  await runAgent(host);
  await host.advance(12_000);
  expect(host.posts.length).toBeGreaterThanOrEqual(3);
  expect(JSON.parse(host.posts.at(-1) ?? '')).toMatchObject({
    probes: [{ state: 'succeeding' }, { state: 'succeeding' }],
  });
  for (let second = 0; second < 60; second += 1) {
    showProcesses(host, [{ processId: 20, container: appContainer, anonymousBytes: second * 20e6 }]);
    await host.advance(1_000);
  }
  expect(host.posts.find((body) => 'memory' in (JSON.parse(body) as object))).toContain('"recorder":{');
  expect(vm.runInContext('typeof URL + typeof setTimeout + typeof process', bare)).toBe('undefinedundefinedundefined');
});
