import { expect, test } from 'vitest';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { runAgent } from './agent.ts';
import type { Host } from './host.ts';

const canary = { AUTOPILOT_CANARY: 'true', AUTOPILOT_TOKEN_FILE: '/token' };

test('fault 41: a canary starts without a controller, answers, and watches and reports nothing', async () => {
  const host = makeFakeHost(canary);
  await runAgent(host satisfies Host);
  await host.advance(120_000);
  expect(await host.page('/healthz')).toMatchObject({ status: 200 });
  expect(await host.page('/else')).toBeUndefined();
  expect([host.posts, host.exits]).toEqual([[], []]);
});

test('fault 41: a canary that can not read its token is not healthy: no agent could report from such a pod', async () => {
  const host = makeFakeHost(canary);
  host.answers.files = {};
  await runAgent(host satisfies Host);
  expect(await host.page('/healthz')).toMatchObject({ status: 503 });
});

test('fault 41: a canary that was given no token needs none', async () => {
  const host = makeFakeHost({ AUTOPILOT_CANARY: 'true' });
  host.answers.files = {};
  await runAgent(host satisfies Host);
  expect(await host.page('/healthz')).toMatchObject({ status: 200 });
});

test('fault 41: a canary that can not serve ends, since nothing else would show it', async () => {
  const host = { ...makeFakeHost(canary), serve: () => Promise.resolve('EADDRINUSE') };
  await runAgent(host satisfies Host);
  expect(host.exits).toEqual([1]);
});

test('a canary ends when its pod does', async () => {
  const host = makeFakeHost(canary);
  await runAgent(host satisfies Host);
  host.stop();
  expect(host.exits).toEqual([0]);
});
