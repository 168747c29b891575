import { Command } from 'commander';
import { AutopilotError } from '#runtime/errors.ts';
import { chooseProvider } from './choose-provider.ts';
import { runAgentsBench } from './bench/agents.ts';
import { runReactionBench } from './bench/reaction.ts';
import { runDemo } from './demo/demo.ts';
import { deploy, loadAllImages, loadImages } from './deploy.ts';
import { findProgram } from './packages.ts';
import { makeProgress } from './progress.ts';
import type { Cluster } from './provider.ts';
import { readSettings, type Settings } from './settings.ts';
import { ensureTool } from './tools.ts';
import { runChecks } from './checks.ts';

const progress = makeProgress(process.stdout);

async function clusterUp(settings: Settings): Promise<Cluster> {
  const provider = await chooseProvider(settings);
  return provider.up(settings, progress);
}

async function demo(settings: Settings): Promise<boolean> {
  const cluster = await clusterUp(settings);
  const images = await loadAllImages(await chooseProvider(settings), cluster, settings, progress);
  await deploy(cluster, images, settings, progress);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  const result = await runDemo({
    kubeconfigPath: cluster.kubeconfigPath,
    faultyAppImage: images.find(({ name }) => name === 'faulty-app')?.reference ?? '',
    keep: settings.keepDemo,
    out: process.stdout,
    signal: interrupted.signal,
  });
  await tellWhereItIs(cluster, settings);
  if (!result.healed) process.stderr.write(`${result.reason}\n`);
  return result.healed;
}

/** How to look around, also where no kubectl is installed: the embedded node was built with one. */
async function tellWhereItIs(cluster: Cluster, settings: Settings): Promise<void> {
  const missing = cluster.provider === 'embedded' && (await findProgram('kubectl')) === undefined;
  const path = missing ? ` PATH="$PATH:${await ensureTool('kubernetes', settings, progress)}"` : '';
  progress.say(`\nLook around:  export KUBECONFIG=${cluster.kubeconfigPath}${path}`);
  progress.say('Take it down: make cluster-down');
}

/** A failure that a person can act on is its sentence alone; anything else is a defect of ours and shows where. */
function describeFailure(error: unknown): string {
  if (error instanceof AutopilotError) return `${error.message} [${error.code}]`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs a command and turns its outcome into the exit code. */
function act(work: () => Promise<boolean>): () => Promise<void> {
  return async () => {
    try {
      process.exitCode = (await work()) ? 0 : 1;
    } catch (error) {
      process.stderr.write(`\n${describeFailure(error)}\n`);
      process.exitCode = 1;
    }
  };
}

const program = new Command('infra').description('The front door behind the Makefile; `make help` is for people.');

program.command('cluster-up').action(
  act(async () => {
    const settings = readSettings();
    await tellWhereItIs(await clusterUp(settings), settings);
    return true;
  }),
);
program.command('cluster-down').action(
  act(async () => {
    const settings = readSettings();
    await (await chooseProvider(settings)).down(settings, progress);
    return true;
  }),
);
program.command('deploy').action(
  act(async () => {
    const settings = readSettings();
    const cluster = await clusterUp(settings);
    const images = await loadAllImages(await chooseProvider(settings), cluster, settings, progress);
    await deploy(cluster, images, settings, progress);
    await tellWhereItIs(cluster, settings);
    return true;
  }),
);
program.command('demo').action(act(() => demo(readSettings())));
program
  .command('bench-reaction')
  .description('Breaks fresh workloads one by one on the local cluster and prints how long each station took.')
  .option('--runs <number>', 'runs of each fault', (text) => Number.parseInt(text, 10), 30)
  .action(({ runs }: { readonly runs: number }) =>
    act(async () => {
      const settings = readSettings();
      const cluster = await clusterUp(settings);
      const images = await loadAllImages(await chooseProvider(settings), cluster, settings, progress);
      await deploy(cluster, images, settings, progress);
      const faultyAppImage = images.find(({ name }) => name === 'faulty-app')?.reference ?? '';
      return await runReactionBench({ kubeconfigPath: cluster.kubeconfigPath, faultyAppImage, runs, progress });
    })(),
  );
program
  .command('bench-sidecar')
  .description('Runs the agent, its Node host and a reference in pods of the local cluster, and prints what they take.')
  .option('--seconds <number>', 'how long', (text) => Number.parseInt(text, 10), 600)
  .action(({ seconds }: { readonly seconds: number }) =>
    act(async () => {
      const settings = readSettings();
      const cluster = await clusterUp(settings);
      const provider = await chooseProvider(settings);
      const images = await loadAllImages(provider, cluster, settings, progress);
      await deploy(cluster, images, settings, progress);
      const spare = await loadImages(provider, cluster, ['agent-node', 'agent-reference'], settings, progress);
      const { kubeconfigPath } = cluster;
      return await runAgentsBench({ kubeconfigPath, images: [...images, ...spare], seconds, progress });
    })(),
  );
program.command('check').action(act(() => runChecks('check', readSettings('test'), progress)));
program.command('test').action(act(() => runChecks('test', readSettings('test'), progress)));
program.command('test-long').action(act(() => runChecks('test-long', readSettings('test'), progress)));

await program.parseAsync();
