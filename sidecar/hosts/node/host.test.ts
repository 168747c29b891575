import { describe, expect, test } from 'vitest';
import { describeEmptying } from '#test/host/emptying.ts';
import { describeFiles } from '#test/host/files.ts';
import { describeHealth } from '#test/host/health.ts';
import { undo, undoAfterEach } from '#test/host/loopback.ts';
import { describeProbes } from '#test/host/probes.ts';
import { describeReports } from '#test/host/reports.ts';
import type { TestedHost } from '#test/host/tested-host.ts';
import { checkHealth } from '../../grpc/check-health.ts';
import { makeNodeHost } from './host.ts';
import { servePages } from './pages.ts';

undoAfterEach();

const host = makeNodeHost(process);
const tested: TestedHost = {
  ...host,
  processId: process.pid,
  checkHealth: (question) => checkHealth(host, question),
  signal: (...args) => Promise.resolve(host.signal(...args)),
};

describe('on Node', () => {
  describeProbes(() => tested);
  describeHealth(() => tested);
  describeReports(() => tested);
  describeFiles(() => tested);
  describeEmptying(() => tested);
});

describe('pages on Node', () => {
  test('are served to GET, and anything else is not found', async () => {
    const page = { status: 200, contentType: 'text/plain', body: 'ok\n' };
    const pages = await servePages(0, (path) => Promise.resolve(path === '/healthz' ? page : undefined));
    undo(() => pages.close());
    const base = `http://127.0.0.1:${pages.port}`;
    expect(pages.problem).toBeUndefined();
    expect(await (await fetch(`${base}/healthz?x`)).text()).toBe('ok\n');
    expect((await fetch(`${base}/other`)).status).toBe(404);
    expect((await fetch(`${base}/healthz`, { method: 'POST' })).status).toBe(404);
  });

  test('report a port that is taken instead of ending the agent', async () => {
    const first = await servePages(0, () => Promise.resolve(undefined));
    undo(() => first.close());
    const second = await servePages(first.port, () => Promise.resolve(undefined));
    expect(second.problem).toBe('EADDRINUSE');
  });
});
