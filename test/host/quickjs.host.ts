import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeEmptying } from './emptying.ts';
import { describeFiles } from './files.ts';
import { describeHealth } from './health.ts';
import { listen, undoAfterEach } from './loopback.ts';
import { ask, describeProbes } from './probes.ts';
import { programs, startDriver, type Driver } from './programs.ts';
import { describeReports } from './reports.ts';

undoAfterEach();

const built = programs();

describe.skipIf('problem' in built)('on QuickJS', () => {
  let driver: Driver;
  const start = (): Promise<Driver> => startDriver('driver' in built ? built.driver : '');
  beforeAll(async () => {
    driver = await start();
  });
  afterAll(() => driver.running.child.kill('SIGKILL'));

  describeProbes(() => driver.host);
  describeHealth(() => driver.host);
  describeReports(() => driver.host);
  describeFiles(() => driver.host);
  describeEmptying(() => driver.host);

  test('a probe that was answered ends cleanly for the app, and leaves nothing behind in the kernel', async () => {
    const ends: string[] = [];
    const port = await listen(
      net.createServer((socket) => {
        socket.on('error', (error) => ends.push(error.message));
        socket.on('end', () => ends.push('end'));
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      }),
    );
    const tries = 10;
    for (let each = 0; each < tries; each += 1) {
      expect(await driver.host.request(ask(port))).toMatchObject({ status: 200 });
    }
    await expect.poll(() => ends).toEqual(Array<string>(tries).fill('end'));
    // The other side's answer to our end is what ends a connection.
    await expect.poll(() => remembered(port)).toBe(0);
  });

  test('half a surrogate pair in a header is replaced instead of ending the agent', async () => {
    const headers = [{ name: 'X', value: '\uD800' }];
    const asked = { secure: false, address: '127.0.0.1', port: 1, path: '/', headers, maximumBodyBytes: 1 };
    expect(await driver.call('request', { ...asked, timeoutMilliseconds: 300 })).toMatchObject({ outcome: 'refused' });
  });

  test.each([
    ['throw', 'thrown'],
    ['reject', 'rejected'],
    ['hoard', 'out of memory'],
    ['recurse', 'Maximum call stack size exceeded'],
  ])('a script that does this ends the process and says why: %s', async (misdeed, problem) => {
    const { running, call } = await start();
    void call(misdeed).catch(() => undefined);
    expect(await running.exit()).toBe(70);
    const said = JSON.parse(running.lines.at(-1) ?? '') as { problem: string };
    expect(said).toMatchObject({ level: 'error', process: 'agent', msg: 'script failed' });
    expect(said.problem).toContain(problem);
  });

  test('a script that runs without end is ended', { timeout: 30_000 }, async () => {
    const { running, call } = await start();
    void call('spin').catch(() => undefined);
    expect(await running.exit()).toBe(70);
    expect(running.lines.at(-1)).toContain('interrupted');
  });
});

/** Connections to a port of loopback that are over and still known to the kernel, as TIME_WAIT has it. */
async function remembered(port: number): Promise<number> {
  const peer = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  return lines.filter(([, , remote, state]) => remote === peer && state === '06').length;
}
