import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AutopilotError } from '#runtime/errors.ts';
import type { Progress } from '../progress.ts';
import { makeBuildahBuilder } from './buildah-builder.ts';
import { imageCatalogue, type ImageContent, type ImageDefinition, type ImageName } from './catalogue.ts';
import { makeDockerBuilder } from './docker-builder.ts';
import type { ImageBuilder } from './image-builder.ts';
import { recipeOf, type ContextFile, type Recipe } from './recipe.ts';

export interface BuiltImage {
  readonly name: ImageName;
  /** `localhost/infra-autopilot/<name>:dev-<hash of everything in it>`: the same name is the same content. */
  readonly reference: string;
  /** A docker-archive that holds this one image, for `ctr images import` or `kind load image-archive`. */
  readonly archivePath: string;
  /** What runs inside; another one needs other resources. */
  readonly engine: ImageContent;
}

export interface BuildOptions {
  readonly cacheDirectory: string;
  readonly builder: 'docker' | 'buildah';
  /** All but the spare ones when absent. */
  readonly names?: readonly ImageName[];
  readonly progress: Progress;
}

/** Longer than any archive takes to load. */
const sparedMilliseconds = 15 * 60_000;

const imagesDirectory = dirname(fileURLToPath(import.meta.url));
const projectDirectory = join(imagesDirectory, '..', '..');

/**
 * Builds the images whose content changed since their archive was written, and removes the archives they replace.
 *
 * @throws AutopilotError AP_IMAGE_BUILD when a process can't be bundled, AP_COMMAND_FAILED when a builder fails.
 */
export async function buildImages(options: BuildOptions): Promise<readonly BuiltImage[]> {
  const cacheDirectory = join(options.cacheDirectory, 'images');
  await mkdir(join(cacheDirectory, 'archives'), { recursive: true });
  const builder =
    options.builder === 'docker' ? makeDockerBuilder() : await makeBuildahBuilder(imagesDirectory, cacheDirectory);
  const catalogue: readonly (ImageDefinition & { readonly name: ImageName })[] = imageCatalogue;
  const wanted = catalogue.filter(({ name, isSpare }) => options.names?.includes(name) ?? isSpare !== true);
  const built: BuiltImage[] = [];
  for (const definition of wanted) {
    const recipe = await recipeOf(definition, { ...options, projectDirectory });
    built.push(await buildImage(definition.name, recipe, builder, cacheDirectory, options.progress));
  }
  return built;
}

async function buildImage(
  name: ImageName,
  recipe: Recipe,
  builder: ImageBuilder,
  cacheDirectory: string,
  progress: Progress,
): Promise<BuiltImage> {
  const dockerfile = join(imagesDirectory, `${recipe.dockerfile}.Dockerfile`);
  const hash = createHash('sha256')
    .update(`${builder.baseKey}\n`)
    .update(await readFile(dockerfile));
  for (const { content } of recipe.files) hash.update(content);
  const tag = `dev-${hash.digest('hex').slice(0, 12)}`;
  const archives = join(cacheDirectory, 'archives');
  const archivePath = join(archives, `${name}-${tag}.tar`);
  const reference = `localhost/infra-autopilot/${name}:${tag}`;
  const image: BuiltImage = { name, reference, archivePath, engine: recipe.engine };
  if (await touch(archivePath)) return image;

  await progress.step(`Build image ${name}`, async (note) => {
    const contextDirectory = await mkdtemp(join(cacheDirectory, `${name}-context-`));
    // A half-written archive under the final name would count as built after a crash.
    const partialPath = join(archives, `.${name}-${process.pid}.partial`);
    try {
      for (const file of recipe.files) await writeInto(contextDirectory, file);
      await rm(partialPath, { force: true });
      await builder.build({ dockerfile, contextDirectory, reference: image.reference, archivePath: partialPath, note });
      await removeReplaced(archives, name);
      await rename(partialPath, archivePath);
    } finally {
      await rm(contextDirectory, { recursive: true, force: true });
      await rm(partialPath, { force: true });
    }
  });
  return image;
}

async function writeInto(directory: string, { path, content, isProgram }: ContextFile): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), content, { mode: isProgram === true ? 0o755 : 0o644 });
}

/** Spares what was used lately: another checkout may be loading it into its cluster at this moment. */
async function removeReplaced(archives: string, name: ImageName): Promise<void> {
  for (const file of await readdir(archives)) {
    if (!file.startsWith(`${name}-dev-`)) continue;
    const path = join(archives, file);
    const usedAt = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    if (Date.now() - usedAt > sparedMilliseconds) await rm(path, { force: true });
  }
}

/** Looks an image up by name. Throws AP_IMAGE_BUILD where it was not built. */
export function imageNamed<Image extends Pick<BuiltImage, 'name'>>(images: readonly Image[], name: ImageName): Image {
  const image = images.find((candidate) => candidate.name === name);
  if (image === undefined) throw new AutopilotError('AP_IMAGE_BUILD', `image ${name} was not built`);
  return image;
}

/** Looks an image's reference up by name, as deploying and testing do. */
export function referenceOf(images: readonly Pick<BuiltImage, 'name' | 'reference'>[], name: ImageName): string {
  return imageNamed(images, name).reference;
}

/** Marks an archive as used, and tells whether it is there. */
async function touch(path: string): Promise<boolean> {
  try {
    await utimes(path, new Date(), new Date());
    return true;
  } catch {
    return false;
  }
}
