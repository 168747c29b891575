import { leastForecastConfidence } from '#contract/report.ts';
import type { Detector, Finding } from '../model/finding.ts';
import type { ContainerSnapshot, MemoryForecast } from '../model/snapshot.ts';
import { reportExpiresAt } from './evidence/fresh-report.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';

/** Sooner than this nobody else can help; later the trend may still turn. */
const secondsLeftAtMost = 120;

const bytesPerMebibyte = 1_048_576;

/** A container that will meet its memory limit soon, as its pod's agent foresees it: acting before costs no crash. */
export const memoryExhaustionPredicted: Detector = {
  name: 'memory-exhaustion-predicted',
  failureClass: 'MemoryExhaustionPredicted',
  description:
    'The agent beside a container foresees that its memory meets its limit within 120 s, with a confidence of at least 0.8.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      (snapshot.agents.get(pod.uid)?.forecasts ?? []).flatMap((forecast): Finding[] => {
        const container = pod.containers.find(({ name }) => name === forecast.container);
        if (container === undefined || !isAbout(forecast, container) || !isTelling(forecast, now)) return [];
        const seconds = Math.round(forecast.secondsLeft);
        const used = `${mebibytes(forecast.usedBytes)} of ${mebibytes(forecast.limitBytes)} MiB`;
        const sure = `confidence ${forecast.confidence.toFixed(2)}`;
        return [
          podFinding(memoryExhaustionPredicted, pod, {
            container,
            faultAt: forecast.receivedAt,
            evidenceAt: forecast.receivedAt,
            expiresAt: reportExpiresAt(forecast),
            cause: {
              name: 'memory-trend',
              message: `Container ${container.name} uses ${used} and will meet the limit in ${seconds} s (${sure}).`,
            },
            seen: { message: `${used}, ${seconds} s left, ${sure}` },
            message: `The memory of container ${container.name} of pod ${pod.name} will meet its limit in ${seconds} s.`,
          }),
        ];
      }),
    ),
};

/** Whether it is about this run of the container, and about the limit that it has now. */
function isAbout(
  { limitBytes, receivedAt }: MemoryForecast,
  { state, startedAt, memoryLimitBytes }: ContainerSnapshot,
): boolean {
  if (state !== 'running' || startedAt === undefined || startedAt > receivedAt) return false;
  return memoryLimitBytes !== undefined && memoryLimitBytes <= limitBytes;
}

function isTelling(forecast: MemoryForecast, now: number): boolean {
  return (
    now <= reportExpiresAt(forecast) &&
    forecast.secondsLeft <= secondsLeftAtMost &&
    forecast.confidence >= leastForecastConfidence
  );
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / bytesPerMebibyte);
}
