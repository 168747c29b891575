/** Milliseconds since the epoch → RFC 3339 in UTC with six decimals, the API's MicroTime, which takes no other number of them. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

/** Milliseconds since the epoch → RFC 3339 in UTC, as the API's Time has it: it knows no fractions of a second. */
export function secondTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Any RFC 3339 time → milliseconds since the epoch; undefined for what is absent or no time. */
export function millisecondsOf(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
