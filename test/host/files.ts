import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { undo } from './loopback.ts';
import type { GetHost } from './tested-host.ts';

/** What files, folders and processes must be on every host. */
export function describeFiles(getHost: GetHost): void {
  test('a small file is read whole, and a larger or missing one is a problem', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agent-'));
    undo(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'a-token');
    expect(await getHost().readFile(join(folder, 'token'), 7)).toEqual({ text: 'a-token' });
    expect(await getHost().readFile(join(folder, 'token'), 6)).toEqual({ problem: 'larger than 6 bytes' });
    expect(await getHost().readFile(join(folder, 'none'), 6)).toHaveProperty('problem');
    expect(await getHost().readFile('/proc/self/status', 8_192)).toHaveProperty('text');
  });

  test('what is no UTF-8 in a file is replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agent-'));
    undo(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'name'), Buffer.from([0x61, 0xff, 0x62]));
    expect(await getHost().readFile(join(folder, 'name'), 16)).toEqual({ text: 'a\uFFFDb' });
  });

  test('a folder with more entries than the bound, or none at all, is a problem', async () => {
    expect(await getHost().listFolder('/proc', 3)).toEqual({ problem: 'more than 3 entries' });
    expect(await getHost().listFolder('/nowhere', 3)).toHaveProperty('problem');
  });

  test('the figures of a file system are those of df', async () => {
    const answer = await getHost().fileSystem(tmpdir());
    if ('problem' in answer) throw new TypeError(answer.problem);
    expect(answer.totalBytes).toBeGreaterThan(answer.availableBytes);
    expect(answer.availableBytes).toBeGreaterThan(0);
    expect(await getHost().fileSystem('/nowhere')).toHaveProperty('problem');
  });

  test('a process gets the signal, and one that is gone is told as gone', async () => {
    const child = spawn('sleep', ['60']);
    const { pid = 0 } = child;
    expect((await getHost().listFolder('/proc', 100_000)) as { names: string[] }).toMatchObject({
      names: expect.arrayContaining([String(pid), 'self']) as unknown,
    });
    expect(await getHost().signal(pid, 'SIGTERM')).toBe('sent');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(await getHost().signal(pid, 'SIGKILL')).toBe('gone');
  });

  test.each([0, 1, -1, 1.5, 2 ** 32 + 2])('%d is nobody whom an agent may signal', async (processId) => {
    expect(await getHost().signal(processId, 'SIGTERM')).toBe('refused');
  });

  test('no agent signals itself', async () => {
    expect(await getHost().signal(getHost().processId, 'SIGTERM')).toBe('refused');
  });
}
