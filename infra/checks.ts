import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutopilotError } from '#runtime/errors.ts';
import { chooseProvider } from './choose-provider.ts';
import { deploy, loadAllImages } from './deploy.ts';
import type { Progress } from './progress.ts';
import { runRustChecks } from './rust/checks.ts';
import type { Settings } from './settings.ts';
import { show } from './show.ts';
import { addCounts, closingLine, countTests, type Counts } from './test-counts.ts';
import { ensureTool } from './tools.ts';

/** `check` needs no cluster; `test` is everything for every change; `test-long` adds outages, soaks and more random input. */
export type CheckScope = 'check' | 'test' | 'test-long';

/** Each counts as one check. Order: what fails fastest first. */
const staticChecks = [
  { title: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { title: 'lint', command: ['oxlint'] },
  { title: 'types', command: ['tsc', '-p', '.'] },
  { title: 'unused code', command: ['knip'] },
] as const;

/** Random documents and broken answers, texts and commands, for each parser in the long mode. */
const longFuzzRuns = '100000';

const suiteTimeoutSeconds = { unit: 1800, chart: 600, host: 3600, e2e: 2400, long: 7200 } as const;

/**
 * Runs every check of the scope, also after one has failed, and ends with the line `N passed, N failed`.
 *
 * @returns whether all passed.
 */
export async function runChecks(scope: CheckScope, settings: Settings, progress: Progress): Promise<boolean> {
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const add = (more: Counts): void => void (counts = addCounts(counts, more));

  for (const { title, command } of staticChecks) {
    add(await attempt(`Check ${title}`, progress, () => showPackaged(command, settings, {}, 600)));
  }
  const tools = await toolEnvironment(settings, progress);
  const random = scope === 'test-long' ? { FUZZ_RUNS: longFuzzRuns } : {};
  add(await suite('unit', [], settings, { ...tools, ...random }, progress));
  add(await suite('chart', ['--mode', 'chart'], settings, tools, progress));
  const rust = await runRustChecks(settings, random, progress);
  add(rust);
  // A suite of which nothing can run would count as a failure.
  if (rust.passed + rust.failed > 0) {
    add(await suite('host', ['--mode', 'host'], settings, { ...tools, ...random }, progress));
  }
  if (scope !== 'check') add(await onCluster(scope, settings, tools, progress));

  progress.say(closingLine(counts));
  return counts.failed === 0 && counts.passed > 0;
}

/** Brings a cluster with the product up, runs the tests that need one, and takes the cluster down whatever happened. */
async function onCluster(
  scope: 'test' | 'test-long',
  settings: Settings,
  tools: Readonly<Record<string, string>>,
  progress: Progress,
): Promise<Counts> {
  const provider = await chooseProvider(settings);
  const imagesFile = join(await mkdtemp(join(tmpdir(), 'infra-autopilot-images-')), 'images.json');
  const takeDown = (): Promise<void> => provider.down(settings, progress);
  const onSignal = (): void => void takeDown().finally(() => process.exit(130));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const cluster = await provider.up(settings, progress);
    const images = await loadAllImages(provider, cluster, settings, progress);
    await deploy(cluster, images, settings, progress);
    await writeFile(imagesFile, JSON.stringify(images));
    const environment = {
      ...tools,
      AUTOPILOT_KUBECTL: join(await ensureTool('kubernetes', settings, progress), 'kubectl'),
      AUTOPILOT_E2E_KUBECONFIG: cluster.kubeconfigPath,
      AUTOPILOT_E2E_IMAGES: imagesFile,
      AUTOPILOT_E2E_PROVIDER: provider.name,
    };
    const counts = await suite('e2e', ['--mode', 'e2e'], settings, environment, progress);
    if (scope === 'test') return counts;
    return addCounts(counts, await suite('long', ['--mode', 'long'], settings, environment, progress));
  } catch (error) {
    progress.say(error instanceof AutopilotError ? error.message : String(error));
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await takeDown();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await rm(join(imagesFile, '..'), { recursive: true, force: true });
  }
}

/** Runs one vitest suite, its output shown as it comes. A suite that ends without a report counts as one failure. */
async function suite(
  name: keyof typeof suiteTimeoutSeconds,
  args: readonly string[],
  settings: Settings,
  environment: Readonly<Record<string, string>>,
  progress: Progress,
): Promise<Counts> {
  const directory = await mkdtemp(join(tmpdir(), 'infra-autopilot-report-'));
  const report = join(directory, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    progress.say(`\n${name} tests`);
    const vitest = ['vitest', 'run', ...args, ...reporters];
    const ended = await showPackaged(vitest, settings, environment, suiteTimeoutSeconds[name]);
    return countTests(await readFile(report, 'utf8').catch(() => ''), ended);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function attempt(title: string, progress: Progress, work: () => Promise<boolean>): Promise<Counts> {
  progress.say(title);
  return (await work()) ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** Runs a program of an npm package with its output on ours; false when it failed or took too long. */
function showPackaged(
  [program = '', ...args]: readonly string[],
  settings: Settings,
  environment: Readonly<Record<string, string>>,
  timeoutSeconds: number,
): Promise<boolean> {
  const path = join(settings.projectDirectory, 'node_modules', '.bin', program);
  return show(path, args, { cwd: settings.projectDirectory, environment, timeoutSeconds });
}

async function toolEnvironment(settings: Settings, progress: Progress): Promise<Readonly<Record<string, string>>> {
  const helm = await ensureTool('helm', settings, progress);
  const kubeconform = await ensureTool('kubeconform', settings, progress);
  return { AUTOPILOT_HELM: join(helm, 'helm'), AUTOPILOT_KUBECONFORM: join(kubeconform, 'kubeconform') };
}
