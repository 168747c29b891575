import { expectForetold, startShape } from './support/memory.ts';
import { test } from './support/test.ts';

// `make test-long` does the same at ten slopes, and beside it what must not be taken for a leak.
test('a leak is foretold before the kernel ends it', async ({ cluster, namespace }) => {
  const name = await namespace('observe');
  await expectForetold(cluster, name, await startShape(cluster, name, 'leak', 16));
});
