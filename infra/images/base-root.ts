import { copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';

/** What the Node binary links against. Certificates of public authorities are inside the binary. */
const packages = ['libc6', 'libgcc-s1', 'libstdc++6'] as const;

/** Where a package that ships merged paths expects links from the old ones. */
const mergedDirectories = ['lib', 'lib64'] as const;

/**
 * Writes the context of base.Dockerfile: `root/` from the machine's own Debian release and package sources,
 * and `node`, the very binary that runs this.
 *
 * @throws AutopilotError AP_COMMAND_FAILED when the packages can't be fetched.
 */
export async function writeBaseContext(directory: string): Promise<void> {
  const downloads = join(directory, 'packages');
  const root = join(directory, 'root');
  await mkdir(downloads, { recursive: true });
  await mkdir(join(root, 'tmp'), { recursive: true });
  await download(downloads);
  for (const file of await readdir(downloads)) await run('dpkg-deb', ['--extract', join(downloads, file), root]);
  const present = await readdir(root);
  for (const name of mergedDirectories) {
    if (!present.includes(name)) await symlink(`usr/${name}`, join(root, name));
  }
  await rm(join(root, 'usr', 'share'), { recursive: true, force: true });
  await rm(downloads, { recursive: true });
  await copyFile(process.execPath, join(directory, 'node'));
}

/** Fetches without installing. A machine whose package lists were never loaded, or were removed, loads them first. */
async function download(directory: string): Promise<void> {
  // Without this apt warns that its unprivileged user can't write here, and goes on as the caller anyway.
  const command = ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...packages];
  try {
    await run('apt-get', command, { cwd: directory, timeoutSeconds: 120 });
  } catch {
    await run('apt-get', ['-qq', 'update'], { timeoutSeconds: 300 });
    await run('apt-get', command, { cwd: directory, timeoutSeconds: 120 });
  }
}
