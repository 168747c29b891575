import { AutopilotError } from '#runtime/errors.ts';
import { ensurePackages, findProgram } from '../packages.ts';
import type { Progress } from '../progress.ts';
import { run } from '../run.ts';

/** The oldest Rust that the crate compiles with; its Cargo.toml says the same. */
const oldestRust = [1, 88] as const;

/** Debian's own Rust is too old; this one it keeps recent for its browsers. */
const packages = [
  { needs: 'cargo', debianPackage: 'cargo-web' },
  { needs: 'rustc', debianPackage: 'rustc-web' },
] as const;

/** Cargo on the path is good enough to build with, or why not. */
export type Cargo = { readonly path: string } | { readonly problem: string };

/** Finds cargo and what it needs, and installs it where none is there and we may. */
export async function ensureCargo(progress: Progress): Promise<Cargo> {
  if (process.platform !== 'linux') return { problem: 'the host is built on Linux only' };
  // A Rust that somebody has chosen, however old, is not replaced.
  if ((await findProgram('cargo')) === undefined) {
    try {
      await ensurePackages(packages, progress);
    } catch (error) {
      if (!(error instanceof AutopilotError)) throw error;
      return { problem: `cargo is missing, and Debian’s packages ${packages.map(nameOf).join(' and ')} did not help` };
    }
  }
  const path = await findProgram('cargo');
  if (path === undefined) return { problem: 'cargo is missing' };
  const version = await run('rustc', ['--version']).catch(() => undefined);
  const problem =
    describeRustProblem(version) ??
    ((await findProgram('cc')) === undefined ? 'a C compiler (cc) is missing' : undefined);
  return problem === undefined ? { path } : { problem };
}

/** Pure: what is wrong with what `rustc --version` printed; undefined when nothing is. */
export function describeRustProblem(version: string | undefined): string | undefined {
  if (version === undefined) return 'rustc is missing or does not run';
  const [major = 0, minor = 0] = (/^rustc (\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major > oldestRust[0] || (major === oldestRust[0] && minor >= oldestRust[1])) return undefined;
  return `Rust ${oldestRust.join('.')} or newer is needed, here is ${version.trim()}`;
}

function nameOf({ debianPackage }: { readonly debianPackage: string }): string {
  return debianPackage;
}
