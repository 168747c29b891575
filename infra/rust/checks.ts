import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { succeeds } from '../run.ts';
import type { Settings } from '../settings.ts';
import { show } from '../show.ts';
import { addCounts, type Counts } from '../test-counts.ts';
import { crate } from './agent-program.ts';
import { ensureCargo } from './cargo.ts';

/** Each counts as one check. In the profile of the program itself, so that its engine is compiled once. */
const checks = [
  { title: 'Rust format', command: ['fmt'], args: ['--check'] },
  { title: 'Rust lint', command: ['clippy'], args: ['--release', '--locked', '--all-targets', '--', '-D', 'warnings'] },
  { title: 'Rust tests', command: ['test'], args: ['--release', '--locked', '--quiet'] },
] as const;

const timeoutSeconds = 1_200;

/** Checks the agent's Rust host; what can't be run on this machine counts as skipped, and is said. */
export async function runRustChecks(
  settings: Settings,
  environment: Readonly<Record<string, string>>,
  progress: Progress,
): Promise<Counts> {
  const cargo = await ensureCargo(progress);
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { title, command, args } of checks) {
    const problem = await problemOf(cargo, command[0]);
    if (problem !== undefined || 'problem' in cargo) {
      progress.say(`Check ${title}: skipped, ${problem}`);
      counts = addCounts(counts, { passed: 0, failed: 0, skipped: 1 });
      continue;
    }
    progress.say(`Check ${title}`);
    const passed = await show(cargo.path, [...command, ...args], {
      cwd: join(settings.projectDirectory, crate),
      environment: { ...environment, CARGO_TARGET_DIR: join(settings.cacheDirectory, 'agent', 'target') },
      timeoutSeconds,
    });
    counts = addCounts(counts, { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
  }
  return counts;
}

/** Debian and rustup have the formatter and the linter as parts of their own. */
async function problemOf(cargo: Awaited<ReturnType<typeof ensureCargo>>, command: string): Promise<string | undefined> {
  if ('problem' in cargo) return cargo.problem;
  const isThere = command === 'test' || (await succeeds(cargo.path, [command, '--version']));
  return isThere ? undefined : `cargo ${command} is not installed`;
}
