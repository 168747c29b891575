import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { chart, helm, helmWait } from './helm.ts';

/** For whoever installs again when a test is over. */
export const installMilliseconds = 240_000;

/** The release under test, to be taken away and brought back as it was. */
export interface HelmRelease {
  uninstall(): Promise<void>;
  /** With the values that it had. Harmless where it is installed. */
  install(): Promise<void>;
}

export async function helmRelease(cluster: Cluster): Promise<HelmRelease> {
  const { release } = cluster.settings;
  const values = await helm(cluster, ['get', 'values', release, '--output', 'json']);
  return {
    uninstall: async () => void (await helm(cluster, ['uninstall', release, ...helmWait])),
    install: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'helm-e2e-'));
      try {
        const file = join(directory, 'values.json');
        await writeFile(file, values);
        await helm(cluster, ['upgrade', release, chart, '--install', '--values', file, ...helmWait]);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  };
}
