import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { appContainer } from '#test/support/fake-processes.ts';
import { listFolder } from '../hosts/node/list-folder.ts';
import { readSmallFile } from '../hosts/node/read-file.ts';
import { makeAppProcesses } from './app-processes.ts';

const mebibyte = 1_048_576;
const takenMebibytes = 64;
const app = `
  console.log('ready');
  process.stdin.once('data', () => {
    globalThis.kept = Buffer.alloc(${takenMebibytes} * ${mebibyte}, 1);
    console.log('taken');
  });
`;

test('a real process is followed from its start over what it takes to its end', async () => {
  const child = spawn(process.execPath, ['--eval', app], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const { pid = 0 } = child;
    await once(child.stdout, 'data');
    // All is the kernel's own word but the list, which would show the whole machine, and the container that it is in.
    const host = makeFakeHost({});
    host.listFolder = ((path: string) =>
      path === '/proc' ? Promise.resolve({ names: [String(pid)] }) : listFolder(path, 10_000)) as never;
    host.readFile = ((path: string) =>
      path.endsWith('/cgroup')
        ? Promise.resolve({ text: `0::/../${path.includes(String(pid)) ? appContainer : ''}` })
        : readSmallFile(path, 65_536)) as never;
    const processes = makeAppProcesses(host);
    processes.learn([{ name: 'app', id: appContainer }]);
    await processes.look(0);
    await processes.look(1);
    const [before] = processes.containers();
    expect(before).toMatchObject({ name: 'app', main: { processId: pid }, processes: 1, zombies: 0 });
    expect(before?.limits?.openFiles).toBeGreaterThan(3);
    expect(before?.limits?.openFilesLimit).toBeGreaterThan(before?.limits?.openFiles ?? Infinity);

    const taken = once(child.stdout, 'data');
    child.stdin.write('go\n');
    await taken;
    await processes.look(2);
    const grown = (processes.containers()[0]?.usedBytes ?? 0) - (before?.usedBytes ?? 0);
    expect(grown / mebibyte).toBeGreaterThan(takenMebibytes * 0.9);

    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    host.listFolder = (() => Promise.resolve({ names: [] })) as never;
    expect(await processes.look(3)).toBe('process');
    expect(processes.vanished()).toMatchObject([{ container: 'app' }]);
  } finally {
    child.kill('SIGKILL');
  }
});
