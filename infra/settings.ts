import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AutopilotError } from '#runtime/errors.ts';

/** What the front door takes from its environment. Names are documented by `make help`. */
export interface Settings {
  readonly projectDirectory: string;
  /** Built tools and images, keyed by version; safe to delete at any time. */
  readonly cacheDirectory: string;
  /** One folder for each local cluster. */
  readonly stateDirectory: string;
  readonly clusterName: string;
  readonly provider: 'auto' | 'embedded' | 'kind';
  /** A folder with prebuilt kube-apiserver, kubelet, etcd, …: used instead of building them. */
  readonly assetsDirectory: string | undefined;
  /** Turns the gates on with which a sidecar's exit code restarts all containers of its pod. */
  readonly restartAllContainers: boolean;
  readonly keepDemo: boolean;
  readonly isRoot: boolean;
}

const product = 'infra-autopilot';

/**
 * A cluster's default name carries the checkout's path, so that two checkouts on one machine never share a cluster.
 *
 * @throws AutopilotError AP_SETTINGS_INVALID that names every problem.
 */
export function readSettings(
  role: 'demo' | 'test' = 'demo',
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const projectDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
  const checkout = createHash('sha256').update(projectDirectory).digest('hex').slice(0, 6);
  const clusterName = environment['CLUSTER'] || `${role}-${checkout}`;
  const provider = environment['PROVIDER'] || 'auto';
  const stateDirectory = join(environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), product, 'clusters');
  const cacheDirectory = join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), product);
  const problems: string[] = [];
  if (!/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(clusterName)) {
    problems.push('CLUSTER must be 1 to 30 lower-case letters, digits and dashes');
  }
  if (provider !== 'auto' && provider !== 'embedded' && provider !== 'kind') {
    problems.push('PROVIDER must be auto, embedded or kind');
  }
  for (const [name, directory] of [
    ['XDG_STATE_HOME', stateDirectory],
    ['XDG_CACHE_HOME', cacheDirectory],
  ] as const) {
    if (/^\/(run|var\/run|var\/lib|var\/log)(\/|$)/.test(directory)) {
      problems.push(`${name} must not lie under /run, /var/lib or /var/log: the local node has its own of these`);
    }
  }
  if (problems.length > 0) {
    throw new AutopilotError('AP_SETTINGS_INVALID', `settings are not usable:\n  ${problems.join('\n  ')}`);
  }
  return {
    projectDirectory,
    cacheDirectory,
    stateDirectory,
    clusterName,
    provider: provider as Settings['provider'],
    assetsDirectory: environment['KUBEBUILDER_ASSETS'] || undefined,
    restartAllContainers: isOn(environment['RESTART_ALL_CONTAINERS']),
    keepDemo: isOn(environment['DEMO_KEEP']),
    isRoot: process.getuid?.() === 0,
  };
}

/** The environment for child processes: ours, with a folder first on the path and without settings that mislead tools. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { KUBECONFIG: _kubeconfig, NODE_OPTIONS: _nodeOptions, ...inherited } = process.env;
  const nodeDirectory = dirname(process.execPath);
  const path = [nodeDirectory, '/usr/local/sbin', '/usr/sbin', '/sbin', inherited['PATH'] ?? ''].join(':');
  const kept = Object.entries({ ...inherited, PATH: path }).filter((entry): entry is [string, string] => !!entry[1]);
  return { ...Object.fromEntries(kept), ...extra };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(basename(value).toLowerCase());
}
