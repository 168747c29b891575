import { agentVariables, type AskedPowers, type ProbeTarget } from '#contract/agent-settings.ts';
import { agentPort } from '#contract/ports.ts';
import { parseAskedPowers, parseCacheFolders, type CacheFolder } from './asked-powers.ts';
import { parseTargets } from './probe-targets.ts';

export interface AgentSettings {
  readonly reportUrl: string;
  readonly authorities: string;
  /** Follows rotations; undefined in a pod that was injected without it. */
  readonly authoritiesFile: string | undefined;
  readonly tokenFile: string;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly podIp: string;
  readonly targets: readonly ProbeTarget[];
  readonly probeSeconds: number;
  readonly port: number;
  /** Empty where the pod asks for none. */
  readonly askedPowers: AskedPowers;
  readonly cacheFolders: readonly CacheFolder[];
  /** Undefined where the liveness probe's own threshold counts. */
  readonly hangSeconds: number | undefined;
  /** Undefined where the pod wants no local reflex. */
  readonly reflexGraceSeconds: number | undefined;
}

/** Every problem is named at once, by variable and never by value. */
export type ReadSettings = { readonly settings: AgentSettings } | { readonly problems: readonly string[] };

const httpsUrl = /^https:\/\/(\[[0-9a-f:.]+\]|[a-z0-9]([-.a-z0-9]*[a-z0-9])?)(:\d{1,5})?\/\S*$/i;
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const ipv6 = /^[0-9a-f:]*:[0-9a-f:.]*$/i;

/** A year; more is a mistake. */
const maximumSeconds = 31_536_000;

/** Reads what injection has set. */
export function readAgentSettings(variables: Readonly<Record<string, string | undefined>>): ReadSettings {
  const problems: string[] = [];
  const read = (name: string, problemOf: (value: string) => string | undefined): string => {
    const value = variables[name] ?? '';
    const problem = value === '' ? 'is required' : problemOf(value);
    if (problem !== undefined) problems.push(`${name} ${problem}`);
    return value;
  };
  const readNumber = (name: string, fallback: number, problemOf: (value: number) => string | undefined): number => {
    const text = variables[name] ?? '';
    const value = text === '' ? fallback : Number(text);
    const problem = problemOf(value);
    if (problem !== undefined) problems.push(`${name} ${problem}`);
    return value;
  };

  const readSeconds = (name: string): number | undefined => {
    const known = (variables[name] ?? '') !== '';
    const problemOf = (value: number) =>
      value >= 0 && value <= maximumSeconds ? undefined : 'is not a number of seconds';
    return known ? readNumber(name, 0, problemOf) : undefined;
  };

  const readJson = <Value>(name: string, fallback: Value, parse: (text: string) => Value | undefined): Value => {
    const text = variables[name] ?? '';
    const value = text === '' ? fallback : parse(text);
    if (value === undefined) problems.push(`${name} is not what injection writes`);
    return value ?? fallback;
  };

  let targets: readonly ProbeTarget[] = [];
  const settings = {
    reportUrl: read(agentVariables.reportUrl, unless(httpsUrl, 'is not an https URL')),
    authorities: read(agentVariables.authorities, unless(/-----BEGIN CERTIFICATE-----/, 'is not a PEM certificate')),
    authoritiesFile: variables[agentVariables.authoritiesFile],
    tokenFile: read(agentVariables.tokenFile, unless(/^\//, 'is not an absolute path')),
    pod: {
      namespace: read(agentVariables.namespace, anything),
      name: read(agentVariables.podName, anything),
      uid: read(agentVariables.podUid, anything),
    },
    podIp: read(agentVariables.podIp, (value) =>
      ipv4.test(value) || ipv6.test(value) ? undefined : 'is not an IP address',
    ),
    probeSeconds: readNumber(agentVariables.probeSeconds, 1, (value) =>
      value >= 0.1 && value <= 60 ? undefined : 'is not a number from 0.1 to 60',
    ),
    port: readNumber(agentVariables.port, agentPort, (value) =>
      Number.isInteger(value) && value >= 1 && value <= 65_535 ? undefined : 'is not a port',
    ),
    askedPowers: readJson(agentVariables.powers, {}, parseAskedPowers),
    cacheFolders: readJson(agentVariables.cacheFolders, [], parseCacheFolders),
    hangSeconds: readSeconds(agentVariables.hangSeconds),
    reflexGraceSeconds: readSeconds(agentVariables.reflexGraceSeconds),
  };
  read(agentVariables.probes, (value) => {
    const parsed = parseTargets(value);
    if ('problem' in parsed) return parsed.problem;
    targets = parsed.targets;
    return undefined;
  });
  return problems.length > 0 ? { problems } : { settings: { ...settings, targets } };
}

function unless(pattern: RegExp, problem: string): (value: string) => string | undefined {
  return (value) => (pattern.test(value) ? undefined : problem);
}

function anything(): undefined {
  return undefined;
}
