import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { describeGoProblem, readModule } from './tools.ts';

describe('a build from Go modules', () => {
  it.each(['go1.26', 'go1.26.8', 'go1.30.1', 'go2.0'])('goes ahead with %s', (version) => {
    expect(describeGoProblem('helm', version)).toBeUndefined();
  });

  it.each([
    ['go1.19.8', 'here is go1.19.8'],
    [undefined, 'none is on the path'],
    ['devel', 'here is devel'],
  ])('says in one sentence what to do about %s', (version, found) => {
    const problem = describeGoProblem('helm', version);
    expect(problem).toContain(`building helm needs Go 1.26 or newer, ${found}`);
    expect(problem).toContain('install it');
    expect(problem?.split('\n')).toHaveLength(1);
  });
});

describe('a tool’s folder', () => {
  const tool = { module: 'example.org/tool', programs: { tool: './tool', other: 'example.org/tool/other' } };
  const files = {
    'go.mod': 'module local\n\ngo 1.26\n\nrequire example.org/tool v1.2.3\n',
    'go.sum': 'example.org/tool v1.2.3 h1:abc=\n',
    'tool/main.go': 'package main\n',
  };
  let folder = '';
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function read(changed: Partial<typeof files> = {}): ReturnType<typeof readModule> {
    folder = await mkdtemp(join(tmpdir(), 'infra-autopilot-tool-'));
    for (const [name, text] of Object.entries({ ...files, ...changed })) {
      await mkdir(join(folder, dirname(name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const found = await readModule(folder, tool);
    await rm(folder, { recursive: true });
    return found;
  }

  it('tells the version, and the same key for the same files', async () => {
    const { version, key } = await read();
    expect(version).toBe('v1.2.3');
    expect(await read()).toEqual({ version, key });
  });

  it.each(['go.mod', 'go.sum', 'tool/main.go'] as const)('has another key once %s is another', async (name) => {
    const { key } = await read();
    expect((await read({ [name]: `${files[name]}// more\n` })).key).not.toBe(key);
  });
});
