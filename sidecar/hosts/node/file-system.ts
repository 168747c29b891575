import { statfs } from 'node:fs/promises';
import type { FileSystemAnswer } from '../../host.ts';

/** Asks the kernel for the figures of the file system that holds a path. */
export async function fileSystem(path: string): Promise<FileSystemAnswer> {
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(path);
    return {
      totalBytes: blocks * bsize,
      availableBytes: bavail * bsize,
      totalFiles: files,
      availableFiles: ffree,
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
