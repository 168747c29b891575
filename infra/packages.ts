import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { AutopilotError } from '#runtime/errors.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';
import { childEnvironment } from './settings.ts';

/** A program or file that must be on the machine, and the Debian package that brings it. */
export interface Requirement {
  /** A name to look for on the path, or an absolute path. */
  readonly needs: string;
  readonly debianPackage: string;
}

/** Another run of this, or of the system's own updater, may hold the lock. */
const waitForOthers = ['-o', 'DPkg::Lock::Timeout=300'];

/** Finds a program on the path, or returns undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  const candidates = name.startsWith('/')
    ? [name]
    : (childEnvironment()['PATH'] ?? '')
        .split(':')
        .filter(Boolean)
        .map((directory) => `${directory}/${name}`);
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/**
 * Installs what is missing, and only that. Does nothing when all is there.
 *
 * @throws AutopilotError AP_MACHINE_UNFIT with the one command to run when we may not or cannot install it.
 */
export async function ensurePackages(requirements: readonly Requirement[], progress: Progress): Promise<void> {
  const missing = new Set<string>();
  for (const requirement of requirements) {
    if ((await findProgram(requirement.needs)) === undefined) missing.add(requirement.debianPackage);
  }
  if (missing.size === 0) return;
  const names = [...missing].toSorted();
  const aptGet = await findProgram('apt-get');
  if (aptGet === undefined || process.getuid?.() !== 0) {
    throw new AutopilotError(
      'AP_MACHINE_UNFIT',
      `these Debian packages are missing: ${names.join(' ')}. Install them as root: apt-get install --no-install-recommends ${names.join(' ')}`,
    );
  }
  await progress.step(`Install Debian packages: ${names.join(' ')}`, async () => {
    const environment = { DEBIAN_FRONTEND: 'noninteractive' };
    await run(aptGet, [...waitForOthers, '-qq', 'update'], { timeoutSeconds: 300, environment });
    await run(aptGet, [...waitForOthers, '-qq', 'install', '--yes', '--no-install-recommends', ...names], {
      timeoutSeconds: 900,
      environment,
    });
  });
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
