import type { AnsweredContainer } from '#contract/report-answer.ts';
import { leastForecastConfidence, maximumContainers, type MemoryForecast } from '#contract/report.ts';
import { makeMemoryTrend, type MemoryTrend } from './memory-trend.ts';
import type { ProcessGroup } from './process-groups.ts';

/** A forecast stands this long after it was last made: noise between two looks must not take it back. */
const standsSeconds = 5;

interface Watched {
  readonly trend: MemoryTrend;
  forecast: MemoryForecast | undefined;
  foreseenAt: number;
}

/** Follows the memory of all containers and foresees which meets its limit. */
export interface MemoryWatch {
  /** Takes what was just seen; true when a forecast has appeared that was not there before. */
  look(seconds: number, groups: readonly ProcessGroup[], known: ReadonlyMap<string, AnsweredContainer>): boolean;
  forecasts(): readonly MemoryForecast[];
}

export function makeMemoryWatch(): MemoryWatch {
  const byContainerId = new Map<string, Watched>();

  const watchedOf = (containerId: string): Watched | undefined => {
    const known = byContainerId.get(containerId);
    if (known !== undefined || byContainerId.size >= maximumContainers) return known;
    const watched: Watched = { trend: makeMemoryTrend(), forecast: undefined, foreseenAt: 0 };
    byContainerId.set(containerId, watched);
    return watched;
  };

  return {
    look: (seconds, groups, known) => {
      let appeared = false;
      const alive = new Set(groups.filter(({ processes }) => processes > 0).map(({ containerId }) => containerId));
      for (const id of byContainerId.keys()) if (!alive.has(id)) byContainerId.delete(id);
      for (const { containerId, usedBytes, processes } of groups) {
        // A container is followed from its start, before it is known which it is.
        const watched = processes > 0 ? watchedOf(containerId) : undefined;
        if (watched === undefined) continue;
        watched.trend.add(seconds, usedBytes);
        const forecast = forecastOf(watched.trend, usedBytes, known.get(containerId));
        if (forecast === undefined && seconds - watched.foreseenAt <= standsSeconds) continue;
        appeared ||= forecast !== undefined && watched.forecast === undefined;
        watched.forecast = forecast;
        if (forecast !== undefined) watched.foreseenAt = seconds;
      }
      return appeared;
    },
    forecasts: () => [...byContainerId.values()].flatMap(({ forecast }) => forecast ?? []),
  };
}

function forecastOf(
  trend: MemoryTrend,
  usedBytes: number,
  container: AnsweredContainer | undefined,
): MemoryForecast | undefined {
  const limitBytes = container?.memoryLimitBytes;
  const foresight = limitBytes === undefined ? undefined : trend.foresee(limitBytes);
  if (container === undefined || limitBytes === undefined || foresight === undefined) return undefined;
  if (foresight.confidence < leastForecastConfidence) return undefined;
  const secondsLeft = Math.round(foresight.secondsLeft * 10) / 10;
  const confidence = Math.round(foresight.confidence * 100) / 100;
  return { container: container.name, usedBytes, limitBytes, secondsLeft, confidence };
}
