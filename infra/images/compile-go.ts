import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { run } from '../run.ts';
import { requireGo } from '../tools.ts';

/**
 * Compiles a Go program without C into one static file, the same bytes for the same sources.
 *
 * @throws AutopilotError AP_MACHINE_UNFIT when Go is absent or too old, AP_COMMAND_FAILED with the compiler's own words.
 */
export async function compileGo(directory: string): Promise<Uint8Array> {
  await requireGo(basename(directory));
  const folder = await mkdtemp(join(tmpdir(), 'infra-autopilot-go-'));
  try {
    const output = join(folder, 'program');
    await run('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', output, '.'], {
      cwd: directory,
      environment: { CGO_ENABLED: '0' },
      timeoutSeconds: 600,
    });
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
