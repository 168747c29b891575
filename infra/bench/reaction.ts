import { systemClock } from '#runtime/clock.ts';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { scenarios } from '../demo/scenario.ts';
import type { Progress } from '../progress.ts';
import { playAlone, playEpisode, type Episode, type Scenario } from './episode.ts';
import { percentile } from './percentiles.ts';

export interface ReactionOptions {
  readonly kubeconfigPath: string;
  readonly faultyAppImage: string;
  /** Of each fault. */
  readonly runs: number;
  readonly progress: Progress;
}

/** How long the kubelet alone is watched: more than ten times as long as a heal. */
const aloneSeconds = 60;

/** Workloads that are broken within this time of each other would be spread by the engine: a wave is not what is measured. */
const pauseMilliseconds = 6_000;

const stations = ['reaction', 'detected', 'decided', 'acted', 'healthy', 'resolved'] as const;

/**
 * Breaks one fresh workload after the other and prints the distribution of what followed, beside the kubelet alone.
 * False when a run was not healed by one action.
 */
export async function runReactionBench(options: ReactionOptions): Promise<boolean> {
  const { progress, runs } = options;
  const kube = await makeKubeTransport(loadKubeConfig(options.kubeconfigPath));
  try {
    let whole = true;
    for (const scenario of scenarios) {
      const episodes: Episode[] = [];
      for (let run = 1; run <= runs; run += 1) {
        const episode = await oneRun(kube, scenario, run, options.faultyAppImage);
        episodes.push(episode);
        const healed = episode.resolved !== undefined && episode.attempts === 1;
        whole &&= healed;
        progress.say(
          `${scenario.title} ${run}/${runs}: ${describe(episode)}${healed ? '' : '  NOT HEALED BY ONE ACTION'}`,
        );
      }
      const namespace = 'bench-reaction-alone';
      const alone = await playAlone(kube, namespace, scenario, options.faultyAppImage, aloneSeconds);
      await forget(kube, namespace);
      progress.say('');
      for (const line of tableOf(scenario, episodes, alone)) progress.say(line);
      progress.say('');
    }
    return whole;
  } finally {
    kube.close();
  }
}

async function oneRun(kube: KubeTransport, scenario: Scenario, run: number, image: string): Promise<Episode> {
  const namespace = `bench-reaction-${scenario.workload}-${run}`;
  try {
    const episode = await playEpisode(kube, namespace, scenario, image);
    await systemClock.sleep(pauseMilliseconds);
    return episode;
  } finally {
    await forget(kube, namespace);
  }
}

/** Not waited for: the next run has a namespace of its own. */
async function forget(kube: KubeTransport, namespace: string): Promise<void> {
  await kube.request({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
}

function tableOf({ title }: Scenario, episodes: readonly Episode[], alone: number | undefined): readonly string[] {
  const rows = stations.map((station) => {
    const values = episodes.map((episode) => episode[station]).filter((value) => value !== undefined);
    const cells = [percentile(values, 0.5), percentile(values, 0.95), percentile(values, 1)].map(seconds);
    return `| ${[station.padEnd(8), ...cells.map((cell) => cell.padStart(8)), String(values.length)].join(' | ')} |`;
  });
  const p50 = percentile(
    episodes.flatMap(({ healthy }) => healthy ?? []),
    0.5,
  );
  const kubelet =
    alone === undefined
      ? `not within ${aloneSeconds} s, which is more than ${(aloneSeconds / (p50 ?? aloneSeconds)).toFixed(0)} times the median heal`
      : `after ${alone.toFixed(1)} s, ${(alone / (p50 ?? alone)).toFixed(1)} times the median heal`;
  return [
    `${title}, seconds after the fault (reaction: after the exit that met the threshold)`,
    '| station  |      p50 |      p95 |      max | runs |',
    '| -------- | -------: | -------: | -------: | ---: |',
    ...rows,
    `The kubelet alone served again ${kubelet}.`,
  ];
}

function describe(episode: Episode): string {
  return stations.map((station) => `${station} ${seconds(episode[station])}`).join(', ');
}

function seconds(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2);
}
