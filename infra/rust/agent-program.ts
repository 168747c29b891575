import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AutopilotError } from '#runtime/errors.ts';
import { bundle } from '../images/bundle.ts';
import type { Progress } from '../progress.ts';
import { run } from '../run.ts';
import { ensureCargo } from './cargo.ts';

/** A static program for this machine's kind, or why there is none. */
export type AgentProgram = { readonly path: string } | { readonly problem: string };

const projectDirectory = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The crate of the agent's host, relative to the project. */
export const crate = 'sidecar/hosts/quickjs';

/** A first build compiles the engine and the cryptography. */
const buildTimeoutSeconds = 1_200;

/** Programs that nobody has used for so long are removed. */
const keptMilliseconds = 24 * 3_600_000;

/**
 * Builds the agent's host with a script in it, unless it was built from the same sources before.
 *
 * @param entry entry point of the script, relative to the project.
 * @throws AutopilotError AP_IMAGE_BUILD when the script can't be bundled.
 */
export async function ensureAgentProgram(
  cacheDirectory: string,
  progress: Progress,
  entry = `${crate}/main.ts`,
): Promise<AgentProgram> {
  const script = await bundle(projectDirectory, entry, 'quickjs');
  const build = await keyOf(script);
  const folder = join(cacheDirectory, 'agent');
  const path = join(folder, `${build}-${process.arch}`);
  if (await isBuild(path, build)) {
    await utimes(path, new Date(), new Date());
    return { path };
  }
  const cargo = await ensureCargo(progress);
  if ('problem' in cargo) return cargo;
  try {
    await progress.step('Build the agent’s host from Rust', async (note) => {
      await mkdir(folder, { recursive: true });
      const scriptPath = join(folder, `${build}-${process.pid}.js`);
      const partialPath = `${path}-${process.pid}.partial`;
      try {
        await writeFile(scriptPath, script);
        await compile(cargo.path, join(folder, 'target'), scriptPath, build, note);
        await copyFile(join(folder, 'target', 'release', 'agent'), partialPath);
        // Somebody who builds another script in the same folder may have been quicker.
        if (!(await isBuild(partialPath, build)))
          throw new AutopilotError('AP_IMAGE_BUILD', 'the built program is not the one that was meant');
        await rename(partialPath, path);
        await removeUnused(folder);
      } finally {
        await rm(scriptPath, { force: true });
        await rm(partialPath, { force: true });
      }
    });
  } catch (error) {
    if (!(error instanceof AutopilotError)) throw error;
    return { problem: error.message };
  }
  return { path };
}

/** Without the flags that a person may have set for other programs: they would take the place of the crate's own. */
async function compile(
  cargo: string,
  target: string,
  script: string,
  build: string,
  note: (text: string) => void,
): Promise<void> {
  const unset = ['-u', 'RUSTFLAGS', '-u', 'CARGO_ENCODED_RUSTFLAGS', '-u', 'CARGO_BUILD_TARGET'];
  await run('env', [...unset, cargo, 'build', '--release', '--locked', '--bin', 'agent'], {
    cwd: join(projectDirectory, crate),
    environment: { AGENT_SCRIPT: script, AGENT_BUILD: build, CARGO_TARGET_DIR: target, CARGO_TERM_COLOR: 'never' },
    timeoutSeconds: buildTimeoutSeconds,
    onErrorLine: (line) => note(line.trim()),
  });
}

/** What the program is made of: the crate's files and the script. */
async function keyOf(script: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (const [path, content] of await crateFiles()) hash.update(`${path}\n`).update(content);
  return hash.update(script).digest('hex').slice(0, 16);
}

/** The files that cargo builds from, by their paths in the crate. */
export async function crateFiles(): Promise<readonly (readonly [path: string, content: Buffer])[]> {
  const folder = join(projectDirectory, crate);
  const sources = await readdir(join(folder, 'src'), { recursive: true });
  const rust = sources.filter((name) => name.endsWith('.rs')).map((name) => join('src', name));
  const paths = ['.cargo/config.toml', 'Cargo.lock', 'Cargo.toml', 'build.rs', ...rust.toSorted()];
  return Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const));
}

/** Spares what another checkout may still build images from. */
async function removeUnused(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    const usedAt = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (/^[0-9a-f]{16}-/.test(file) && Date.now() - usedAt > keptMilliseconds) await rm(path, { force: true });
  }
}

/** Whether a program runs here and was built from these sources. */
async function isBuild(path: string, build: string): Promise<boolean> {
  try {
    return (await run(path, ['--build'], { timeoutSeconds: 10 })) === build;
  } catch {
    return false;
  }
}
