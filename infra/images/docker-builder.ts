import { run } from '../run.ts';
import type { ImageBuilder } from './image-builder.ts';

const baseImage = 'node:24-bookworm-slim';

/** A cold build pulls the base image. */
const buildTimeoutSeconds = 900;

/** Builds with the Docker daemon, on the published Node image. */
export function makeDockerBuilder(execute: typeof run = run): ImageBuilder {
  return {
    baseKey: baseImage,
    async build({ dockerfile, contextDirectory, reference, archivePath, note }) {
      const build = ['build', '--build-arg', `BASE_IMAGE=${baseImage}`, '--file', dockerfile, '--tag', reference];
      await execute('docker', [...build, contextDirectory], { timeoutSeconds: buildTimeoutSeconds, onErrorLine: note });
      await execute('docker', ['save', '--output', archivePath, reference], { timeoutSeconds: 300 });
      await execute('docker', ['image', 'rm', reference]);
    },
  };
}
