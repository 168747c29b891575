import { join } from 'node:path';
import { imageValues } from './image-values.ts';
import { buildImages, type BuiltImage } from './images/build.ts';
import type { ImageName } from './images/catalogue.ts';
import type { Progress } from './progress.ts';
import type { Cluster, ClusterProvider } from './provider.ts';
import { release } from './release.ts';
import { run } from './run.ts';
import type { Settings } from './settings.ts';
import { ensureTool } from './tools.ts';

const installTimeoutSeconds = 180;

/** Builds all images and makes them known to the cluster. */
export function loadAllImages(
  provider: ClusterProvider,
  cluster: Cluster,
  settings: Settings,
  progress: Progress,
): Promise<readonly BuiltImage[]> {
  return loadImages(provider, cluster, undefined, settings, progress);
}

/** The same for the images that are named, spare ones among them. */
export async function loadImages(
  provider: ClusterProvider,
  cluster: Cluster,
  names: readonly ImageName[] | undefined,
  settings: Settings,
  progress: Progress,
): Promise<readonly BuiltImage[]> {
  const builder = provider.name === 'kind' ? 'docker' : 'buildah';
  const { cacheDirectory } = settings;
  const images = await buildImages({ cacheDirectory, builder, progress, ...(names === undefined ? {} : { names }) });
  await provider.loadImages(cluster, images, progress, settings);
  return images;
}

/** Installs or upgrades the release and waits until it is ready. */
export async function deploy(
  cluster: Cluster,
  images: readonly BuiltImage[],
  settings: Settings,
  progress: Progress,
): Promise<void> {
  const helm = join(await ensureTool('helm', settings, progress), 'helm');
  const chart = join(settings.projectDirectory, 'charts', 'infra-autopilot');
  const where = ['--kubeconfig', cluster.kubeconfigPath, '--namespace', release, '--create-namespace'];
  const wait = ['--wait', '--timeout', `${installTimeoutSeconds}s`];
  const gates = ['--set', `agent.restartAllContainers=${String(settings.restartAllContainers)}`];
  const what = ['upgrade', release, chart, '--install', ...wait, '--set-string', `clusterName=${cluster.name}`];
  await progress.step('Install the chart', async () => {
    await run(helm, [...what, ...where, ...gates, ...images.flatMap(imageValues)], {
      timeoutSeconds: installTimeoutSeconds + 30,
    });
  });
}
