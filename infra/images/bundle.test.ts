import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { imageCatalogue } from './catalogue.ts';

const projectDirectory = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'bundle-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a bundle', () => {
  it.each(imageCatalogue.filter((image) => image.engine !== 'go'))(
    'of $name has the same bytes each time and needs no file beside it',
    async ({ name, entry, engine }) => {
      const code = await bundle(projectDirectory, entry, engine);
      expect(Buffer.from(code).equals(Buffer.from(await bundle(projectDirectory, entry, engine)))).toBe(true);
      const file = join(directory, `${name}.mjs`);
      writeFileSync(file, code);
      const checked = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', env: {}, timeout: 30_000 });
      expect(checked.stderr).toBe('');
      expect(importsOf(code).filter((specifier) => !specifier.startsWith('node:'))).toEqual([]);
    },
  );

  it('of the faulty app runs on its own', async () => {
    const file = join(directory, 'job.mjs');
    writeFileSync(file, await bundle(projectDirectory, 'infra/demo/faulty-app/main.ts'));
    const env = { FAULTY_APP_MODE: 'job', FAULTY_APP_JOB_SECONDS: '0.01', FAULTY_APP_JOB_EXIT_CODE: '7' };
    const ended = spawnSync(process.execPath, [file], { encoding: 'utf8', env, timeout: 30_000 });
    expect(ended.stderr).toBe('');
    expect(ended.status).toBe(7);
  });

  it('that can’t be made says which entry point is broken', async () => {
    await expect(bundle(projectDirectory, 'no/such/main.ts')).rejects.toThrow('no/such/main.ts could not be bundled');
  });
});

function importsOf(code: Uint8Array): readonly string[] {
  const statements = Buffer.from(code)
    .toString('utf8')
    .matchAll(/^import[^'"\n;]*?["']([^"'\n]+)["']/gm);
  return [...statements].map((statement) => statement[1] ?? '');
}
