import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { scenarios } from '../demo/scenario.ts';
import type { Progress } from '../progress.ts';
import { playAlone, playEpisode, prepare, type Episode, type Ready, type Scenario } from './episode.ts';
import { percentile } from './percentiles.ts';

export interface ReactionOptions {
  readonly kubeconfigPath: string;
  readonly faultyAppImage: string;
  /** Of each fault. */
  readonly runs: number;
  readonly progress: Progress;
}

/** How long, and how often, the kubelet is watched alone: more than ten times as long as a heal. */
const aloneSeconds = 60;
const aloneRuns = 3;

const stations = ['reaction', 'detected', 'decided', 'acted', 'healthy', 'resolved'] as const;

/**
 * Breaks one fresh workload after the other and prints the distribution of what followed, beside the kubelet alone. The next
 * workload is started while the last one is verified, so that nothing else goes on while a reaction is measured.
 *
 * @returns whether each run was healed by one action.
 */
export async function runReactionBench(options: ReactionOptions): Promise<boolean> {
  const kube = await makeKubeTransport(loadKubeConfig(options.kubeconfigPath));
  try {
    let whole = true;
    for (const scenario of scenarios) {
      const episodes = await playAll(kube, scenario, options);
      whole &&= episodes.every(isHealedByOneAction);
      const alone = await playAllAlone(kube, scenario, options.faultyAppImage);
      for (const line of ['', ...tableOf(scenario, episodes, alone), '']) options.progress.say(line);
    }
    return whole;
  } finally {
    kube.close();
  }
}

async function playAll(
  kube: KubeTransport,
  scenario: Scenario,
  { runs, faultyAppImage, progress }: ReactionOptions,
): Promise<readonly Episode[]> {
  const episodes: Episode[] = [];
  const start = (run: number): Promise<Ready> => {
    const ready = prepare(kube, `bench-reaction-${scenario.workload}-${run}`, scenario, faultyAppImage, 'enabled');
    // Awaited later; what goes wrong until then is thrown there.
    ready.catch(() => undefined);
    return ready;
  };
  let next: Promise<Ready> | undefined;
  for (let run = 1; run <= runs; run += 1) {
    const ready = await (next ?? start(run));
    next = undefined;
    try {
      const episode = await playEpisode(kube, ready, () => {
        if (run < runs) next = start(run + 1);
      });
      episodes.push(episode);
      const verdict = isHealedByOneAction(episode) ? '' : '  NOT HEALED BY ONE ACTION';
      progress.say(`${scenario.title} ${run}/${runs}: ${describe(episode)}${verdict}`);
    } finally {
      await forget(kube, ready.namespace);
    }
  }
  return episodes;
}

/** All at once: each is down for longer than it is watched, or comes back by itself. */
async function playAllAlone(
  kube: KubeTransport,
  scenario: Scenario,
  image: string,
): Promise<readonly (number | undefined)[]> {
  const names = Array.from({ length: aloneRuns }, (_run, index) => `bench-alone-${scenario.workload}-${index + 1}`);
  try {
    const ready = await Promise.all(names.map((name) => prepare(kube, name, scenario, image, 'disabled')));
    return await Promise.all(ready.map((one) => playAlone(kube, one, aloneSeconds)));
  } finally {
    for (const name of names) await forget(kube, name);
  }
}

function isHealedByOneAction({ resolved, attempts }: Episode): boolean {
  return resolved !== undefined && attempts === 1;
}

/** Not waited for: the next run has a namespace of its own. */
async function forget(kube: KubeTransport, namespace: string): Promise<void> {
  await kube.request({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
}

function tableOf(
  { title }: Scenario,
  episodes: readonly Episode[],
  alone: readonly (number | undefined)[],
): readonly string[] {
  const rows = stations.map((station) => {
    const values = valuesOf(episodes, station);
    const cells = [percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1)].map(seconds);
    return `| ${[station.padEnd(8), ...cells.map((cell) => cell.padStart(8)), String(values.length).padStart(4)].join(' | ')} |`;
  });
  return [
    `${title}, seconds after the fault (reaction: after the exit that met the threshold)`,
    '| station  |      p50 |      p95 |      max | runs |',
    '| -------- | -------: | -------: | -------: | ---: |',
    ...rows,
    besideKubelet(alone, percentile(valuesOf(episodes, 'healthy'), 0.5)),
  ];
}

function valuesOf(episodes: readonly Episode[], station: (typeof stations)[number]): readonly number[] {
  return episodes.flatMap((episode) => episode[station] ?? []);
}

/** An app that did not come back in time counts as back at the end of that time, so that the ratio never flatters. */
function besideKubelet(alone: readonly (number | undefined)[], median: number | undefined): string {
  const came = alone.filter((value) => value !== undefined);
  const kubelet = percentile(
    alone.map((value) => value ?? aloneSeconds),
    0.5,
  );
  const times = median === undefined || kubelet === undefined ? '–' : (kubelet / median).toFixed(1);
  const within = `served again within ${aloneSeconds} s in ${came.length} of ${alone.length} runs`;
  const atLeast = came.length > alone.length / 2 ? '' : 'at least ';
  return `The kubelet alone ${within}: ${atLeast}${times} times the median heal.`;
}

function describe(episode: Episode): string {
  return stations.map((station) => `${station} ${seconds(episode[station])}`).join(', ');
}

function seconds(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2);
}
