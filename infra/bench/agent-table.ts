import type { ContainerSample } from './container-stats.ts';

/** What is known of one agent after a run. */
export interface AgentFigures {
  readonly name: string;
  /** Of the whole image, not compressed. */
  readonly imageBytes: number;
  readonly restarts: number;
  readonly threads: number | undefined;
  readonly startMilliseconds: number | undefined;
  /** In the order of their times. */
  readonly samples: readonly ContainerSample[];
}

const mebibyte = 1024 * 1024;

/** What an agent takes while it starts is no growth. */
const warmUpMilliseconds = 120_000;

/** Lines of a table in Markdown, the first row being what the others are compared with. */
export function agentTable(agents: readonly AgentFigures[]): readonly string[] {
  const header = [
    'agent',
    'working set MiB',
    'most MiB',
    'growth %',
    'MiB/h',
    'CPU %',
    'start ms',
    'threads',
    'image MiB',
  ];
  const rows = agents.map((agent) => {
    const { samples, threads, startMilliseconds, imageBytes } = agent;
    const sets = samples.map(({ workingSetBytes }) => workingSetBytes / mebibyte);
    const settled = settledOf(samples);
    const growth = growthOf(settled);
    return [
      agent.name,
      figure(sets.at(-1), 2),
      figure(sets.length === 0 ? undefined : Math.max(...sets), 2),
      figure(growth?.percent, 1),
      figure(growth?.mebibytesPerHour, 2),
      figure(cpuPercent(settled), 3),
      figure(startMilliseconds, 0),
      figure(threads, 0),
      figure(imageBytes / mebibyte, 1),
    ];
  });
  return [
    `| ${header.join(' | ')} |`,
    `| --- |${header
      .slice(1)
      .map(() => ' --: |')
      .join('')}`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ];
}

/** Those after the start; all of them in a run that is too short for that. */
function settledOf(samples: readonly ContainerSample[]): readonly ContainerSample[] {
  const [first] = samples;
  const settled = samples.filter(({ at }) => at - (first?.at ?? at) >= warmUpMilliseconds);
  return settled.length < 2 ? samples : settled;
}

function growthOf(samples: readonly ContainerSample[]): { percent: number; mebibytesPerHour: number } | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  return {
    percent: (last.workingSetBytes / first.workingSetBytes - 1) * 100,
    mebibytesPerHour: leastSquaresSlope(samples) * 3600,
  };
}

/** MiB a second. */
function leastSquaresSlope(samples: readonly ContainerSample[]): number {
  const points = samples.map(({ at, workingSetBytes }) => [at / 1000, workingSetBytes / mebibyte] as const);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanTime, meanSize] = [mean(points.map(([time]) => time)), mean(points.map(([, size]) => size))];
  const along = points.reduce((sum, [time, size]) => sum + (time - meanTime) * (size - meanSize), 0);
  return along / points.reduce((sum, [time]) => sum + (time - meanTime) ** 2, 0);
}

/** Of one core. */
function cpuPercent(samples: readonly ContainerSample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return undefined;
  return ((last.cpuSeconds - first.cpuSeconds) / ((last.at - first.at) / 1000)) * 100;
}

function figure(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}
