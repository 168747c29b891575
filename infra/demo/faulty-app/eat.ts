const chunkMib = 8;
const bytesPerMib = 1024 * 1024;

/**
 * Allocates and touches memory until `mib` are held. Under a smaller limit the kernel kills the process on the way;
 * otherwise what it holds is returned, to be kept alive.
 */
export function eat(mib: number): readonly Buffer[] {
  const eaten: Buffer[] = [];
  for (let held = 0; held < mib; held += chunkMib) eaten.push(Buffer.alloc(chunkMib * bytesPerMib, 0xff));
  return eaten;
}
