import { open } from 'node:fs/promises';
import type { FileAnswer } from '../../host.ts';

/** Reads a small file whole. Files of /proc have no length, so it reads until the end or the bound. */
export async function readSmallFile(path: string, maximumBytes: number): Promise<FileAnswer> {
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(maximumBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        length += bytesRead;
        if (length > maximumBytes) return { problem: `larger than ${maximumBytes} bytes` };
        if (bytesRead === 0) return { text: buffer.toString('utf8', 0, length) };
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
