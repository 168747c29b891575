/** Points in time, bounded: of each the lowest and the highest value that was seen since the one before. */
export interface Series {
  readonly times: Float64Array;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** How many points are there; the newest is the last of them. */
  readonly count: number;
}

/** A series that joins what comes within `stepSeconds` into one point. Nothing is allocated after the start. */
export function makeSeries(points: number, stepSeconds: number) {
  const times = new Float64Array(points);
  const lows = new Float64Array(points);
  const highs = new Float64Array(points);
  let count = 0;
  let begunAt = -Infinity;
  const series = {
    times,
    lows,
    highs,
    get count() {
      return count;
    },
    add: (seconds: number, value: number): void => {
      if (count > 0 && seconds - begunAt < stepSeconds) {
        lows[count - 1] = Math.min(lows[count - 1] ?? value, value);
        highs[count - 1] = Math.max(highs[count - 1] ?? value, value);
        return;
      }
      if (count === points) for (const each of [times, lows, highs]) each.copyWithin(0, 1);
      else count += 1;
      times[count - 1] = begunAt = seconds;
      lows[count - 1] = highs[count - 1] = value;
    },
  };
  return series satisfies Series;
}
