import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findProgram } from '../packages.ts';
import { run } from '../run.ts';
import type { Settings } from '../settings.ts';

/** An image as a file that containerd can import. */
export interface SystemImage {
  readonly reference: string;
  readonly archivePath: string;
}

/**
 * Builds an image of the node's own from static programs, once for each content; nothing is pulled.
 *
 * @param files absolute paths that the Dockerfile copies by their base names
 */
export async function buildSystemImage(
  name: string,
  files: readonly string[],
  settings: Settings,
): Promise<SystemImage> {
  const dockerfile = join(settings.projectDirectory, 'infra', 'images', `${name}.Dockerfile`);
  const hash = createHash('sha256');
  for (const file of [dockerfile, ...files]) hash.update(await readFile(file));
  const reference = `localhost/infra-autopilot/${name}:${hash.digest('hex').slice(0, 12)}`;
  const directory = join(settings.cacheDirectory, 'system-images');
  const archivePath = join(directory, `${reference.split('/').at(-1)?.replace(':', '-')}.tar`);
  if (await exists(archivePath)) return { reference, archivePath };

  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'infra-autopilot-image-'));
  const context = join(work, 'context');
  const partial = `${archivePath}.partial-${process.pid}`;
  try {
    await mkdir(context);
    for (const file of files) await copyFile(file, join(context, basename(file)));
    const storage = ['--root', join(work, 'storage'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
    const buildah = (await findProgram('buildah')) ?? 'buildah';
    const build = ['bud', '--isolation', 'chroot', '--tag', reference, '--file', dockerfile, context];
    await run(buildah, [...storage, ...build], { timeoutSeconds: 300 });
    await run(buildah, [...storage, 'push', reference, `docker-archive:${partial}:${reference}`], {
      timeoutSeconds: 300,
    });
    await rename(partial, archivePath);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(partial, { force: true });
  }
  return { reference, archivePath };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
