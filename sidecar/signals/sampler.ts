import { recordedFailures, type Recording } from '#contract/recording.ts';
import type { MemoryForecast, VanishedProcess } from '#contract/report.ts';
import type { ProbeTarget } from '#contract/agent-settings.ts';
import type { Host } from '../host.ts';
import type { Log } from '../log.ts';
import { sharingProblem } from '../processes.ts';
import type { TryResult } from '../try-probe.ts';
import { makeAppProcesses, type AppProcesses } from './app-processes.ts';
import { makeFlightRecorder } from './flight-recorder.ts';
import { makeNodeWatch } from './node-pressure.ts';
import { makeOwnCgroup } from './own-cgroup.ts';
import { takeRecording } from './recording.ts';
import { makeRestartCount } from './restarts.ts';
import { parseReportAnswer } from './report-answer.ts';
import type { SignalFigures } from './signal-figures.ts';
import { makeVolumeWatch } from './volumes.ts';

const tickMilliseconds = 1_000;

const bytesPerMebibyte = 1_048_576;

/**
 * Least time between two recordings, by what is told: a flapping probe would send one each second, and what was asked for
 * is asked for until it has come. Seconds.
 */
const recordingSeconds = { probe: 10, memory: 1, process: 1, asked: 5 } as const;

export interface SamplerParts {
  readonly host: Host;
  readonly log: Log;
  readonly volumes: readonly string[];
  /** Called when the controller should learn at once what is seen now. */
  readonly onNews: (reason: Recording['reason']) => void;
}

/** Everything that the agent watches beyond probes, by one timer. */
export interface Sampler {
  start(): void;
  /** Why nothing is seen of the app's processes; undefined where they are. */
  readonly processesOff: string | undefined;
  noteTry(target: ProbeTarget, result: TryResult, latencySeconds: number): void;
  /** Takes the controller's answer to a report. */
  learn(answer: string): void;
  /** Of a container of the app that runs. */
  containerId(container: string): string | undefined;
  /** The agent itself ends this container's process now: that is no finding. */
  noteOwnEnding(containerId: string): void;
  forecasts(): readonly MemoryForecast[];
  vanished(): readonly VanishedProcess[];
  /** The last two minutes; undefined where that was told a moment ago, unless it is wanted all the same. */
  record(reason: Recording['reason'], isUrgent?: boolean): Recording | undefined;
  figures(): SignalFigures;
}

export async function makeSampler({ host, log, volumes, onNews }: SamplerParts): Promise<Sampler> {
  const processesOff = await sharingProblem(host);
  const app: AppProcesses | undefined = processesOff === undefined ? makeAppProcesses(host) : undefined;
  const recorder = makeFlightRecorder();
  const node = makeNodeWatch(host);
  const own = makeOwnCgroup(host);
  const cache = makeVolumeWatch(host, volumes);
  const restarts = makeRestartCount();
  let recordedAt = -Infinity;
  let openFilesOff: string | undefined;

  const seconds = (): number => host.monotonic() / 1000;

  const isDue = (reason: Recording['reason']): boolean => seconds() - recordedAt >= recordingSeconds[reason];

  const noteAll = (): void => {
    recorder.moveTo(Math.floor(seconds()));
    for (const { name, usedBytes, memoryLimitBytes, zombies, threads, limits } of app?.containers() ?? []) {
      recorder.note('memory', name, mebibytes(usedBytes), mebibytes(memoryLimitBytes));
      recorder.note('threads', name, threads, limits?.threadsLimit);
      recorder.note('zombies', name, zombies);
      recorder.note('open-files', name, limits?.openFiles, limits?.openFilesLimit);
      if (limits?.problem !== undefined && openFilesOff === undefined) {
        openFilesOff = limits.problem;
        log('info', 'open files can not be counted', { container: name, problem: openFilesOff });
      }
    }
    for (const [name, count] of restarts.counts()) recorder.note('restarts', name, count);
    const { pressure } = node;
    recorder.note('oom-kills', '', pressure.oomKills);
    recorder.note('cpu-pressure', '', pressure.cpu);
    recorder.note('memory-pressure', '', pressure.memory);
    recorder.note('memory-stall', '', pressure.memoryStall);
    recorder.note('io-pressure', '', pressure.io);
    for (const [volume, ratio] of cache.usedRatios()) recorder.note('volume', volume, ratio * 100);
    recorder.note('agent-memory', '', mebibytes(own.usedBytes()), mebibytes(own.limitBytes()));
    recorder.note('agent-throttled', '', (own.throttledRatio() ?? 0) * 100);
  };

  const tick = async (): Promise<void> => {
    const began = host.monotonic();
    const news = await app?.look(seconds());
    if (news === 'process') await node.lookAtKills();
    else await node.look();
    await own.look(seconds());
    cache.look(seconds());
    noteAll();
    if (news !== undefined) onNews(news);
    const took = host.monotonic() - began;
    host.after(Math.max(tickMilliseconds - took, tickMilliseconds / 5), () => void tick());
  };

  return {
    processesOff,
    start: () => void tick(),
    noteTry: ({ container, probe }, result, latencySeconds) => {
      recorder.moveTo(Math.floor(seconds()));
      recorder.note(
        'probe',
        `${container}/${probe}`,
        result.ok ? latencySeconds * 1000 : recordedFailures[result.failure],
      );
    },
    learn: (answer) => {
      const parsed = parseReportAnswer(answer);
      if (parsed === undefined) return;
      app?.learn(parsed.containers);
      restarts.learn(parsed.containers);
      if (parsed.wantsRecorder === true && isDue('asked')) onNews('asked');
    },
    containerId: (container) => app?.containerId(container),
    noteOwnEnding: (containerId) => app?.noteOwnEnding(containerId, seconds()),
    forecasts: () => app?.forecasts() ?? [],
    vanished: () => app?.vanished() ?? [],
    record: (reason, isUrgent = false) => {
      if (!isUrgent && !isDue(reason)) return undefined;
      recordedAt = seconds();
      return takeRecording(recorder, reason, host.now());
    },
    figures: () => {
      const containers = app?.containers() ?? [];
      return {
        memoryUsedRatio: highest(
          containers.map(({ usedBytes, memoryLimitBytes }) => share(usedBytes, memoryLimitBytes)),
        ),
        openFilesUsedRatio: highest(containers.map(({ limits }) => share(limits?.openFiles, limits?.openFilesLimit))),
        zombies: app && containers.reduce((sum, { zombies }) => sum + zombies, 0),
        forecasts: app?.forecasts().length ?? 0,
        vanished: app?.vanished().length ?? 0,
      };
    },
  };
}

function mebibytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / bytesPerMebibyte;
}

function share(used: number | undefined, limit: number | undefined): number | undefined {
  return used === undefined || limit === undefined ? undefined : used / limit;
}

function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
