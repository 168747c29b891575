import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const project = fileURLToPath(new URL('..', import.meta.url));
const lines = 20_000;

const program = `
  import { makeLogger } from '#runtime/logger.ts';
  const log = makeLogger('webhook', 'info', 'gathered');
  for (let line = 0; line < ${lines}; line += 1) log.info({ filler: 'x'.repeat(200) }, 'line');
`;

interface Line {
  readonly msg: string;
  readonly lines?: number;
}

test('lines that come faster than they are read are dropped beyond a bound, and the log says how many', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: project });
  const written = (await text(child.stdout)).trimEnd().split('\n');
  const read = written.map((line) => JSON.parse(line) as Line);
  const dropped = read.find(({ msg }) => msg === 'log lines dropped')?.lines ?? 0;
  expect(dropped).toBeGreaterThan(lines / 2);
  expect(read.filter(({ msg }) => msg === 'line').length + dropped).toBe(lines);
});

const echo = `
  import { makeLogger } from '#runtime/logger.ts';
  const log = makeLogger('webhook', 'info', 'gathered');
  process.stdin.on('data', (asked) => log.info({ asked: String(asked) }, 'line'));
`;

test('a line is written soon, without another one or the end of the process to push it', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', echo], { cwd: project });
  try {
    for (const asked of ['1', '2', '3']) {
      const written = once(child.stdout, 'data');
      child.stdin.write(asked);
      const [chunk] = (await written) as [Buffer];
      expect(JSON.parse(chunk.toString())).toMatchObject({ msg: 'line', asked });
    }
  } finally {
    child.kill();
  }
});

/** More than the pipe and this end of it hold, so that it is still being written when the last line comes and its time is over. */
const behind = `
  import { makeLogger } from '#runtime/logger.ts';
  const log = makeLogger('webhook', 'info', 'gathered');
  process.stdin.resume();
  for (let line = 0; line < 2_000; line += 1) log.info({ filler: 'x'.repeat(200) }, 'line');
  setTimeout(() => log.info('last'), 200);
  setTimeout(() => process.stderr.write('waits'), 600);
`;

test('a line that comes while those before it are still being written is not left behind', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', behind], { cwd: project });
  try {
    await once(child.stderr, 'data');
    let written = '';
    for await (const chunk of child.stdout) {
      written += String(chunk);
      if (written.includes('"last"')) break;
    }
    expect(written.trimEnd().split('\n')).toHaveLength(2_001);
  } finally {
    child.kill();
  }
});
