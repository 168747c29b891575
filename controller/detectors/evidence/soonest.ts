/** The first of these times that is still to come: the answer of a detector's `ripensAt`. */
export function soonest(times: readonly number[], now: number): number | undefined {
  const later = times.filter((at) => at > now);
  return later.length === 0 ? undefined : Math.min(...later);
}
