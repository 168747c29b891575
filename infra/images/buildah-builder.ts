import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, succeeds } from '../run.ts';
import { writeBaseContext } from './base-root.ts';
import type { ImageBuilder } from './image-builder.ts';

/** Bump when what base-root.ts writes changes. */
const baseRevision = 1;

/** Layers carry this time instead of the build's, so that the same sources give the same digests. */
const layerTimestamp = ['--timestamp', '0'] as const;

/**
 * Builds with buildah in a storage of our own: a machine's other images are neither seen nor touched. `chroot`
 * isolation needs no namespaces, so it also works inside a container.
 */
export async function makeBuildahBuilder(imagesDirectory: string, cacheDirectory: string): Promise<ImageBuilder> {
  const storage = await storageFlags(join(cacheDirectory, 'storage'));
  const dockerfile = join(imagesDirectory, 'base.Dockerfile');
  const baseKey = createHash('sha256')
    .update(`${baseRevision} ${process.version} ${process.arch}\n`)
    .update(await readFile(dockerfile))
    .digest('hex')
    .slice(0, 12);
  const baseReference = `localhost/infra-autopilot/base:${baseKey}`;

  const buildah = (args: readonly string[], note?: (text: string) => void): Promise<string> =>
    run('buildah', [...storage, ...args], { timeoutSeconds: 600, ...(note ? { onErrorLine: note } : {}) });
  const bud = ['bud', '--isolation', 'chroot', '--pull-never', ...layerTimestamp] as const;

  async function ensureBase(note: (text: string) => void): Promise<void> {
    if (await succeeds('buildah', [...storage, 'inspect', '--type', 'image', baseReference])) return;
    note('preparing the base from Debian’s packages');
    const context = await mkdtemp(join(cacheDirectory, 'base-context-'));
    try {
      await writeBaseContext(context);
      await buildah([...bud, '--file', dockerfile, '--tag', baseReference, context], note);
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  }

  return {
    baseKey,
    async build(request) {
      const { reference, note } = request;
      await ensureBase(note);
      const base = ['--build-arg', `BASE_IMAGE=${baseReference}`] as const;
      // A name of our own, since another run may be building and removing the same image.
      const working = `${reference}-${process.pid}`;
      await buildah([...bud, ...base, '--file', request.dockerfile, '--tag', working, request.contextDirectory], note);
      const archive = `docker-archive:${request.archivePath}:${reference}`;
      await buildah(['push', '--quiet', '--disable-compression', working, archive]);
      await buildah(['rmi', working]);
    },
  };
}

/** `overlay` is quicker and smaller; `vfs` works where the folder itself lies on an overlay, as in a container. */
async function storageFlags(directory: string): Promise<readonly string[]> {
  const flags = (driver: string): readonly string[] => [
    '--root',
    join(directory, driver),
    '--runroot',
    join(directory, `${driver}-run`),
    '--storage-driver',
    driver,
  ];
  return (await succeeds('buildah', [...flags('overlay'), 'info'])) ? flags('overlay') : flags('vfs');
}
