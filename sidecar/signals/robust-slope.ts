/** Most points that a slope is taken over: it costs a number of divisions that grows with their square. */
export const maximumSlopePoints = 16;

const slopes = new Float64Array((maximumSlopePoints * (maximumSlopePoints - 1)) / 2);

export interface RobustSlope {
  /** Per unit of time. */
  readonly slope: number;
  /** Share of pairs of points of which the later one is higher, 0 to 1; equal ones count half. */
  readonly risingShare: number;
}

/**
 * The slope of the first `count` points after Theil and Sen: the median of the slopes of all pairs, which almost a third
 * of wild points can't move.
 */
export function robustSlope(times: Float64Array, values: Float64Array, first: number, count: number): RobustSlope {
  let pairs = 0;
  let rising = 0;
  for (let right = first + 1; right < first + count; right += 1) {
    for (let left = first; left < right; left += 1) {
      const rise = at(values, right) - at(values, left);
      slopes[pairs] = rise / Math.max(at(times, right) - at(times, left), Number.EPSILON);
      if (rise >= 0) rising += rise > 0 ? 1 : 0.5;
      pairs += 1;
    }
  }
  if (pairs === 0) return { slope: 0, risingShare: 0 };
  const sorted = slopes.subarray(0, pairs).toSorted();
  const middle = pairs >> 1;
  const slope = pairs % 2 === 1 ? at(sorted, middle) : (at(sorted, middle - 1) + at(sorted, middle)) / 2;
  return { slope, risingShare: rising / pairs };
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
