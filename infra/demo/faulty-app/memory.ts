import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How an app's memory may go: without end, up and down with each collection, up to where it stays, or not at all. */
export const memoryShapes = ['leak', 'saw-tooth', 'warm-up', 'steady'] as const;
export type MemoryShape = (typeof memoryShapes)[number];

const bytesPerMib = 1024 * 1024;
const stepMilliseconds = 100;

/** How high the teeth and the warm-up go. */
const ceilingMib = 256;

/**
 * MiB that are wanted after so many seconds at a rate in MiB/s. The warm-up comes ever slower to its ceiling; each
 * tooth takes as long as the rate needs to reach it.
 */
export function wantedMib(shape: MemoryShape, rate: number, seconds: number): number {
  switch (shape) {
    case 'leak':
      return rate * seconds;
    case 'saw-tooth':
      return (rate * seconds) % ceilingMib;
    case 'warm-up':
      return ceilingMib * (1 - Math.exp((-rate * seconds) / ceilingMib));
    case 'steady':
      return 0;
  }
}

/** Takes and gives back memory as the shape wants, until the function that is returned is called. */
export function followShape(shape: MemoryShape, rate: number): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const began = performance.now();
  let held: Buffer[] = [];
  const timer = setInterval(() => {
    const wanted = Math.floor(wantedMib(shape, rate, (performance.now() - began) / 1000));
    if (wanted < held.length) {
      held = held.slice(0, wanted);
      collect();
    }
    while (held.length < wanted) held.push(Buffer.alloc(bytesPerMib, 0xff));
  }, stepMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}
