import type { ReflexSettings } from '#contract/agent-settings.ts';

/** Reads what injection wrote about the local reflex; undefined where it is not what it writes. */
export function parseReflexSettings(text: string): ReflexSettings | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { hangSeconds, graceSeconds } = parsed as Partial<Record<keyof ReflexSettings, unknown>>;
  if (!isSeconds(graceSeconds) || (hangSeconds !== undefined && !isSeconds(hangSeconds))) return undefined;
  return { graceSeconds, ...(hangSeconds === undefined ? {} : { hangSeconds }) };
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 86_400;
}
