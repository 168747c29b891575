import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from './generated-files.ts';

const files = await generatedFiles();

test.each(files.map(({ path, text }) => [basename(path), path, text]))(
  '%s is what the code says (otherwise: npm run generate)',
  async (_name, path, text) => {
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);
