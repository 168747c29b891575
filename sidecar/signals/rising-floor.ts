import { maximumSlopePoints, robustSlope } from './robust-slope.ts';
import type { Series } from './series.ts';

/** What a window must hold for a rise to be judged, from the shortest window on. */
const windowPoints = [12, 16, 24, 32, 48, 64] as const;

/** A rise that slows down by more than this share between the halves of its window is one that levels off. */
const leastSteadiness = 0.75;

export interface RisingFloor {
  readonly slope: number;
  /** Highest value of the window. */
  readonly high: number;
  /** That it goes on, 0 to 1: how steadily it rises, and whether as fast in the end as in the beginning. */
  readonly confidence: number;
}

/** What is asked of a rise before it is looked at more closely, which costs a hundred times as much. */
export interface RiseWanted {
  readonly leastRise: number;
  readonly leastPoints: number;
  /** Whether a rise is of interest, by the highest value and the slope from the least to the newest. */
  isOfInterest(high: number, roughSlope: number): boolean;
}

const times = new Float64Array(maximumSlopePoints);
const floors = new Float64Array(maximumSlopePoints);

/**
 * How the floor of a series rises: of each point the least that has come since, so that teeth between two releases do
 * not count. Looks at the shortest window that has risen enough; undefined where none has, or where it is of no interest.
 */
export function risingFloor(series: Series, wanted: RiseWanted): RisingFloor | undefined {
  const window = windowPoints.find(
    (points) => points >= wanted.leastPoints && points <= series.count && riseOf(series, points) > wanted.leastRise,
  );
  if (window === undefined) return undefined;
  const high = highOf(series, window);
  if (!wanted.isOfInterest(high, riseOf(series, window) / spanOf(series, window))) return undefined;
  const points = takeFloor(series, series.count - window, window);
  const whole = robustSlope(times, floors, 0, points);
  const half = points >> 1;
  const early = robustSlope(times, floors, 0, half).slope;
  const late = robustSlope(times, floors, points - half, half).slope;
  const before = slopeBefore(series, window);
  const steadiness = Math.min(late / Math.max(early, Number.EPSILON), whole.slope / Math.max(before, Number.EPSILON));
  return {
    slope: Math.min(whole.slope, Math.max(late, 0)),
    high,
    confidence: whole.risingShare * Math.min(1, Math.max(0, steadiness) / leastSteadiness),
  };
}

function riseOf({ lows, count }: Series, points: number): number {
  let least = Infinity;
  for (let index = count - points; index < count; index += 1) least = Math.min(least, lows[index] ?? Infinity);
  return (lows[count - 1] ?? 0) - least;
}

function spanOf({ times: all, count }: Series, points: number): number {
  return (all[count - 1] ?? 0) - (all[count - points] ?? 0);
}

function highOf({ highs, count }: Series, points: number): number {
  let high = 0;
  for (let index = count - points; index < count; index += 1) high = Math.max(high, highs[index] ?? 0);
  return high;
}

/** Slope of the window of the same length before; 0 where there is none. */
function slopeBefore(series: Series, window: number): number {
  const first = Math.max(0, series.count - 2 * window);
  const length = series.count - window - first;
  return length < maximumSlopePoints / 2 ? 0 : robustSlope(times, floors, 0, takeFloor(series, first, length)).slope;
}

/** Puts the floor of a window, thinned to what a slope is taken over, into {@link times} and {@link floors}. */
function takeFloor({ times: all, lows }: Series, first: number, length: number): number {
  const points = Math.min(length, maximumSlopePoints);
  let floor = Infinity;
  let point = points - 1;
  for (let index = length - 1; index >= 0 && point >= 0; index -= 1) {
    floor = Math.min(floor, lows[first + index] ?? Infinity);
    if (index > Math.round((point * (length - 1)) / Math.max(points - 1, 1))) continue;
    times[point] = all[first + index] ?? 0;
    floors[point] = floor;
    point -= 1;
  }
  return points;
}
