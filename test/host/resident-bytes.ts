import { readFile } from 'node:fs/promises';
import { readResidentBytes } from '../../sidecar/metrics-text.ts';

/** What a process holds now. */
export async function residentBytes(processId = 0): Promise<number> {
  return readResidentBytes(await readFile(`/proc/${processId}/status`, 'utf8')) ?? 0;
}
