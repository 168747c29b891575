import { expect } from 'vitest';
import { classesOf, expectForetold, startShape } from './support/memory.ts';
import { test } from './support/test.ts';

const slopes = [1, 2, 4, 6, 8, 10, 12, 14, 17, 20];
const quietMilliseconds = 600_000;

test('ten leaks of ten slopes are foretold before the kernel ends them, and nothing else is for ten minutes', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('observe');
  const shapes = [
    await startShape(cluster, name, 'saw-tooth', 16),
    await startShape(cluster, name, 'warm-up', 20),
    await startShape(cluster, name, 'steady', 1),
  ];
  const began = Date.now();
  await Promise.all(
    slopes.map(async (rate) => expectForetold(cluster, name, await startShape(cluster, name, 'leak', rate))),
  );
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + quietMilliseconds - Date.now())));
  for (const shape of shapes) {
    expect(await classesOf(cluster, name, shape.name), shape.name).not.toContain('MemoryExhaustionPredicted');
  }
});
