import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '#infra/run.ts';
import type { Cluster } from './cluster.ts';

const chart = join(import.meta.dirname, '..', '..', '..', 'charts', 'infra-autopilot');

const waitSeconds = 180;

/** For whoever installs again when a test is over. */
export const installMilliseconds = (waitSeconds + 60) * 1000;

/** The release under test, to be taken away and brought back as it was. */
export interface HelmRelease {
  uninstall(): Promise<void>;
  /** With the values that it had. Harmless where it is installed. */
  install(): Promise<void>;
}

export async function helmRelease({ settings }: Cluster): Promise<HelmRelease> {
  const { release, releaseNamespace, kubeconfigPath } = settings;
  const helm = (...args: readonly string[]): Promise<string> =>
    run(settings.helm, [...args, '--kubeconfig', kubeconfigPath, '--namespace', releaseNamespace], {
      timeoutSeconds: waitSeconds + 30,
    });
  const values = await helm('get', 'values', release, '--output', 'json');
  const wait = ['--wait', '--timeout', `${waitSeconds}s`];
  return {
    uninstall: async () => void (await helm('uninstall', release, ...wait)),
    install: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'helm-e2e-'));
      try {
        const file = join(directory, 'values.json');
        await writeFile(file, values);
        await helm('upgrade', release, chart, '--install', '--values', file, ...wait);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  };
}
