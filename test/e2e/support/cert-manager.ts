import { join } from 'node:path';
import { execa } from 'execa';
import { makeProgress } from '#infra/progress.ts';
import { run } from '#infra/run.ts';
import { readSettings } from '#infra/settings.ts';
import { ensureTool, toolDirectory, toolModules } from '#infra/tools.ts';
import type { Cluster } from './cluster.ts';
import { runKubectl } from './kubectl.ts';

/** For whoever has it built, where it was not built before. */
export const buildMilliseconds = 45 * 60_000;

/** Between SIGTERM and SIGKILL. */
const graceMilliseconds = 10_000;

/** How much of what a program said is shown where it ended by itself. */
const shownCharacters = 2_000;

type Program = keyof (typeof toolModules)['cert-manager']['programs'];

/** The real cert-manager, without its own admission webhook: its processes run beside the cluster, with an administrator's rights. */
export interface CertManager {
  /** Defines its resources and starts both programs. */
  install(): Promise<void>;
  /** Harmless where it runs. */
  start(program: Program): void;
  /** Ends it and waits until it has ended. Throws what it said where it had ended by itself. */
  stop(program: Program): Promise<void>;
  /** Ends both, and takes the definitions away, with every Issuer and Certificate. Harmless where nothing was installed. */
  remove(): Promise<void>;
}

/** Builds it where that wasn't done before. */
export async function buildCertManager(cluster: Cluster): Promise<CertManager> {
  const settings = readSettings('test');
  const programs = await ensureTool('cert-manager', settings, makeProgress(process.stdout));
  const definitions = join(await sourceDirectory(toolDirectory('cert-manager', settings)), 'deploy', 'crds');
  const running = new Map<Program, ReturnType<typeof launch>>();
  const kubectl = (...args: readonly string[]): Promise<string> => runKubectl(cluster, 'default', args);

  const start = (program: Program): void => {
    if (running.has(program)) return;
    running.set(program, launch(join(programs, program), ['--kubeconfig', cluster.settings.kubeconfigPath]));
  };
  const stop = async (program: Program): Promise<void> => {
    const child = running.get(program);
    if (child === undefined) return;
    running.delete(program);
    const ran = child.kill('SIGTERM');
    const { all } = await child;
    if (!ran) throw new Error(`the ${program} of cert-manager had ended:\n${all.slice(-shownCharacters)}`);
  };
  return {
    install: async () => {
      await kubectl('apply', '--server-side', '--filename', definitions);
      await kubectl('wait', '--for=condition=Established', '--timeout=30s', '--filename', definitions);
      start('controller');
      start('cainjector');
    },
    start,
    stop,
    remove: async () => {
      const ends = await Promise.allSettled([stop('controller'), stop('cainjector')]);
      await kubectl('delete', '--ignore-not-found', '--filename', definitions);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}

/** Its input stays open as long as we live: it ends by itself when we are killed. */
function launch(path: string, flags: readonly string[]) {
  return execa(path, flags, { stdin: 'pipe', all: true, reject: false, forceKillAfterDelay: graceMilliseconds });
}

/** Where the sources are that the programs were built from. */
async function sourceDirectory(moduleDirectory: string): Promise<string> {
  const module = await run('go', ['mod', 'download', '-json', toolModules['cert-manager'].module], {
    cwd: moduleDirectory,
    environment: { GOFLAGS: '-mod=readonly' },
    timeoutSeconds: 300,
  });
  return (JSON.parse(module) as { readonly Dir: string }).Dir;
}
