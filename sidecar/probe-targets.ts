import {
  maximumServiceCharacters,
  type ProbeAction,
  type ProbeHeader,
  type ProbeTarget,
} from '#contract/agent-settings.ts';
import { maximumProbes, probeKinds, type ProbeKind } from '#contract/report.ts';

export type ParsedTargets = { readonly targets: readonly ProbeTarget[] } | { readonly problem: string };

type JsonObject = Readonly<Record<string, unknown>>;

/** Longest time or count that is believed, as a bound for timers. */
const maximumCount = 1_000_000;

/** Reads the webhook's list of probes. One malformed entry spoils the list: both sides come from the same release. */
export function parseTargets(text: string): ParsedTargets {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON' };
  }
  if (!Array.isArray(parsed)) return { problem: 'is not a JSON array' };
  if (parsed.length > maximumProbes) return { problem: `has more than ${maximumProbes} entries` };
  const targets: ProbeTarget[] = [];
  for (const [index, entry] of parsed.entries()) {
    const target = targetOf(entry);
    if (target === undefined) return { problem: `entry ${index} is not a probe` };
    targets.push(target);
  }
  return { targets };
}

function targetOf(entry: unknown): ProbeTarget | undefined {
  if (!isObject(entry)) return undefined;
  const container = entry['container'];
  const probe = kindOf(entry['probe']);
  const action = actionOf(entry['action']);
  const periodSeconds = countOf(entry['periodSeconds']);
  const timeoutSeconds = countOf(entry['timeoutSeconds']);
  const failureThreshold = countOf(entry['failureThreshold']);
  if (typeof container !== 'string' || container === '' || probe === undefined || action === undefined)
    return undefined;
  if (periodSeconds === undefined || timeoutSeconds === undefined || failureThreshold === undefined) return undefined;
  return { container, probe, action, periodSeconds, timeoutSeconds, failureThreshold };
}

function actionOf(value: unknown): ProbeAction | undefined {
  if (!isObject(value)) return undefined;
  const port = countOf(value['port']);
  if (port === undefined || port > 65_535) return undefined;
  if (value['type'] === 'tcp') return { type: 'tcp', port };
  const { type, scheme, path, headers, service } = value;
  if (type === 'grpc') {
    const isName = typeof service === 'string' && service.length <= maximumServiceCharacters;
    return isName ? { type, port, service } : undefined;
  }
  if (type !== 'http' || (scheme !== 'http' && scheme !== 'https')) return undefined;
  if (typeof path !== 'string' || !path.startsWith('/') || !Array.isArray(headers)) return undefined;
  const read = headers.map(headerOf);
  return read.includes(undefined)
    ? undefined
    : { type, scheme, port, path, headers: read.filter((header) => header !== undefined) };
}

function headerOf(value: unknown): ProbeHeader | undefined {
  if (!isObject(value)) return undefined;
  const { name, value: text } = value;
  return typeof name === 'string' && name !== '' && typeof text === 'string' ? { name, value: text } : undefined;
}

function kindOf(value: unknown): ProbeKind | undefined {
  return probeKinds.find((kind) => kind === value);
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maximumCount
    ? value
    : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
