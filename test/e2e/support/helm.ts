import { join } from 'node:path';
import { run } from '#infra/run.ts';
import type { Cluster } from './cluster.ts';

/** The chart of this checkout. */
export const chart = join(import.meta.dirname, '..', '..', '..', 'charts', 'infra-autopilot');

/** For helm to wait until what it did is ready. */
export const helmWait = ['--wait', '--timeout', '180s'] as const;
const timeoutSeconds = 200;

/** Changes values of the release, without waiting for what comes of it but where a flag says so. */
export async function upgradeRelease(
  cluster: Cluster,
  values: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<void> {
  const sets = Object.entries(values).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  await helm(cluster, ['upgrade', cluster.settings.release, chart, '--reuse-values', ...sets, ...flags]);
}

/** The number of the newest revision of the release. */
export async function releaseRevision(cluster: Cluster): Promise<string> {
  const history = await helm(cluster, ['history', cluster.settings.release, '--max', '1', '--output', 'json']);
  const [newest] = JSON.parse(history) as readonly { readonly revision: number }[];
  return String(newest?.revision ?? '');
}

/** Goes back to a revision and waits until it is ready. */
export async function rollBackRelease(cluster: Cluster, revision: string): Promise<void> {
  await helm(cluster, ['rollback', cluster.settings.release, revision, ...helmWait]);
}

/** Runs helm on the release's namespace and returns what it printed. */
export async function helm({ settings }: Cluster, command: readonly string[]): Promise<string> {
  const where = ['--kubeconfig', settings.kubeconfigPath, '--namespace', settings.releaseNamespace];
  return await run(settings.helm, [...where, ...command], { timeoutSeconds });
}
