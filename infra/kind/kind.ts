import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster, ClusterProvider } from '../provider.ts';
import { run } from '../run.ts';
import type { Settings } from '../settings.ts';
import { ensureTool } from '../tools.ts';
import { requireDocker } from './docker.ts';
import { kindCommands, kindConfiguration } from './commands.ts';

const createTimeoutSeconds = 600;

/** kind, for machines where a Docker daemon answers. */
export const kind: ClusterProvider = {
  name: 'kind',

  async up(settings, progress) {
    await requireDocker();
    const program = join(await ensureTool('kind', settings, progress), 'kind');
    const cluster = describe(settings);
    const commands = kindCommands(cluster);
    const running = (await run(program, commands.list)).split('\n').includes(commands.kindName);
    const directory = join(settings.stateDirectory, cluster.name);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (running) {
      // Also after a start that was killed: kind keeps the credentials, our copy may be missing.
      await run(program, commands.exportKubeconfig);
      progress.say(`Cluster ${cluster.name} is running.`);
      return cluster;
    }
    const configuration = join(directory, 'kind.json');
    await writeFile(configuration, JSON.stringify(kindConfiguration(settings.restartAllContainers)));
    await progress.step(`Start cluster ${cluster.name} with kind`, async (note) => {
      await run(program, commands.create(configuration), { timeoutSeconds: createTimeoutSeconds, onErrorLine: note });
    });
    return cluster;
  },

  async down(settings, progress) {
    await requireDocker();
    const program = join(await ensureTool('kind', settings, progress), 'kind');
    const cluster = describe(settings);
    await progress.step(`Remove cluster ${cluster.name}`, async () => {
      await run(program, kindCommands(cluster).delete, { timeoutSeconds: 300 });
      await rm(join(settings.stateDirectory, cluster.name), { recursive: true, force: true });
    });
  },

  async loadImages(cluster, images, progress, settings) {
    const program = join(await ensureTool('kind', settings, progress), 'kind');
    for (const image of images) {
      await progress.step(`Load ${image.reference}`, async () => {
        await run(program, kindCommands(cluster).load(image.archivePath), { timeoutSeconds: 300 });
      });
    }
  },
};

function describe(settings: Settings): Cluster {
  const kubeconfigPath = join(settings.stateDirectory, settings.clusterName, 'kubeconfig');
  return { name: settings.clusterName, provider: 'kind', kubeconfigPath };
}
