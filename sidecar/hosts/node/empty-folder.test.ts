import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder } from './empty-folder.ts';

test('emptying a folder lets others have a turn while it goes on', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cache-'));
  for (let index = 0; index < 3_000; index += 1) writeFileSync(join(root, `page${index}`), '');
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 1);
  await emptyFolder({ root, folders: [], maximumEntries: 10_000, timeoutMilliseconds: 10_000 });
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(1);
  await rm(root, { recursive: true });
});
