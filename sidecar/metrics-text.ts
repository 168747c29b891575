import { probeFailures, probeStates, type ProbeFailure, type ProbeState } from '#contract/report.ts';
import { commandResults, type CommandResultName } from '#contract/command.ts';
import type { SendCounts } from './sender.ts';
import type { SignalFigures } from './signals/signal-figures.ts';

export interface AgentMetrics {
  readonly probes: Readonly<Record<ProbeState, number>>;
  readonly failures: Readonly<Record<ProbeFailure, number>>;
  readonly tries: number;
  readonly reports: SendCounts;
  readonly commands: Readonly<Record<CommandResultName, number>>;
  readonly signals: SignalFigures;
  /** Undefined where the host can't tell. */
  readonly residentBytes: number | undefined;
  readonly cpuSeconds: number | undefined;
}

/** The agent's metrics in the text format of Prometheus, written by hand: a library would outweigh the agent. */
export function metricsText(metrics: AgentMetrics): string {
  const { sent, refused, failed, dropped, waiting } = metrics.reports;
  return [
    ...family(
      'autopilot_agent_probes',
      'gauge',
      'Probes of the app, by state.',
      probeStates.map((state) => [`{state="${state}"}`, metrics.probes[state]] as const),
    ),
    ...family('autopilot_agent_tries_total', 'counter', 'Tries of all probes.', [['', metrics.tries]]),
    ...family(
      'autopilot_agent_probe_failures_total',
      'counter',
      'Failed tries, by how.',
      probeFailures.map((failure) => [`{failure="${failure}"}`, metrics.failures[failure]] as const),
    ),
    ...family(
      'autopilot_agent_reports_total',
      'counter',
      'Reports, by what became of them; failed ones are repeated.',
      [
        ['{result="sent"}', sent],
        ['{result="refused"}', refused],
        ['{result="failed"}', failed],
        ['{result="dropped"}', dropped],
      ],
    ),
    ...family('autopilot_agent_reports_waiting', 'gauge', 'Reports that wait to be sent.', [['', waiting]]),
    ...family(
      'autopilot_agent_commands_total',
      'counter',
      'Commands of the controller, by what became of them.',
      commandResults.map((result) => [`{result="${result}"}`, metrics.commands[result]] as const),
    ),
    ...signalFamilies(metrics.signals),
    ...family('autopilot_agent_resident_bytes', 'gauge', 'Resident memory of the agent.', [
      ['', metrics.residentBytes],
    ]),
    ...family('autopilot_agent_cpu_seconds_total', 'counter', 'CPU time of the agent.', [['', metrics.cpuSeconds]]),
    '',
  ].join('\n');
}

function signalFamilies({
  memoryUsedRatio,
  openFilesUsedRatio,
  zombies,
  forecasts,
  vanished,
}: SignalFigures): string[] {
  return [
    ...family('autopilot_agent_app_memory_used_ratio', 'gauge', 'Use of its memory limit by the fullest container.', [
      ['', memoryUsedRatio],
    ]),
    ...family('autopilot_agent_app_open_files_used_ratio', 'gauge', 'Use of its limit of open files by the fullest.', [
      ['', openFilesUsedRatio],
    ]),
    ...family('autopilot_agent_app_zombies', 'gauge', 'Ended processes of the app that nobody takes note of.', [
      ['', zombies],
    ]),
    ...family(
      'autopilot_agent_app_findings',
      'gauge',
      'Containers that are foreseen to meet their limit or are gone.',
      [
        ['{finding="memory"}', forecasts],
        ['{finding="vanished"}', vanished],
      ],
    ),
  ];
}

type Sample = readonly [labels: string, value: number | undefined];

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string[] {
  const known = samples.filter(([, value]) => value !== undefined);
  if (known.length === 0) return [];
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...known.map(([labels, value]) => `${name}${labels} ${String(value)}`),
  ];
}

/** VmRSS of /proc/self/status, which counts in KiB. */
export function readResidentBytes(status: string): number | undefined {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** Clock ticks a second in /proc; Linux fixes it at 100 for user space. */
const ticksPerSecond = 100;

/** User and system time of /proc/self/stat. The name in the second field may hold spaces, so counting starts behind it. */
export function readCpuSeconds(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
}
