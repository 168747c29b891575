import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fuzzRuns } from '#test/support/settings.ts';
import { readBrokenTexts } from '../../sidecar/hosts/quickjs/broken-texts.ts';
import { programs, startDriver, type Driver } from './programs.ts';
import { residentBytes } from './resident-bytes.ts';

const built = programs();

/** Rounds in one turn of the engine, far below the time that it gives to a turn. */
const batchRounds = 100;

/** What the engine and its allocator may keep after their first thousands of texts. Bytes. */
const maximumGrowthBytes = 1_048_576;

describe.skipIf('problem' in built)('broken texts of /proc, of the kubelet and of a controller', () => {
  let driver: Driver;
  beforeAll(async () => {
    driver = await startDriver('driver' in built ? built.driver : '');
  });
  afterAll(() => driver.running.child.kill('SIGKILL'));

  test(
    `are read alike by both engines ${fuzzRuns} times, and leave nothing behind`,
    { timeout: 60_000 + fuzzRuns * 20 },
    async () => {
      const batches = Math.ceil(fuzzRuns / batchRounds);
      let settledBytes = 0;
      for (let batch = 0; batch < batches; batch += 1) {
        const onQuickJs = await driver.call('readBrokenTexts', batch, batchRounds);
        expect([batch, onQuickJs]).toEqual([batch, await readBrokenTexts(batch, batchRounds)]);
        if (batch === Math.floor(batches / 5)) settledBytes = await residentBytes(driver.running.child.pid);
      }
      const bytes = await residentBytes(driver.running.child.pid);
      console.log(`${batches * batchRounds} rounds, resident ${settledBytes} bytes after a fifth, ${bytes} at the end`);
      expect(bytes - settledBytes).toBeLessThan(maximumGrowthBytes);
      expect(driver.running.child.exitCode).toBeNull();
    },
  );
});
