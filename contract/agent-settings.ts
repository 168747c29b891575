import type { ProbeKind } from './report.ts';
import type { AgentPower } from './vocabulary.ts';

/** Environment variables that injection sets on the agent, by what they mean. */
export const agentVariables = {
  /** `true` in the canary: it serves its pages, and watches and reports nothing. No other variable but the port and the token is read. */
  canary: 'AUTOPILOT_CANARY',
  /** Full URL to which reports are posted. */
  reportUrl: 'AUTOPILOT_REPORT_URL',
  /** PEM of the authorities that may have signed the controller's certificate. */
  authorities: 'AUTOPILOT_CA',
  /** File that holds newer authorities once it is there: those that the controller keeps in the namespace. */
  authoritiesFile: 'AUTOPILOT_CA_FILE',
  /** File of the projected token; rewritten by the kubelet, so it is read anew for each report. */
  tokenFile: 'AUTOPILOT_TOKEN_FILE',
  namespace: 'AUTOPILOT_NAMESPACE',
  podName: 'AUTOPILOT_POD_NAME',
  podUid: 'AUTOPILOT_POD_UID',
  /** IPv4 or IPv6 address that the kubelet probes. */
  podIp: 'AUTOPILOT_POD_IP',
  /** JSON array of {@link ProbeTarget}. */
  probes: 'AUTOPILOT_PROBES',
  /** Seconds between two tries of a probe. */
  probeSeconds: 'AUTOPILOT_PROBE_SECONDS',
  /** Port of /healthz and /metrics. */
  port: 'AUTOPILOT_PORT',
  /** JSON of {@link AskedPowers}; absent where the pod asks for none. */
  powers: 'AUTOPILOT_POWERS',
  /** Seconds of silence after which an app counts as hung; absent means its liveness probe's own threshold. */
  hangSeconds: 'AUTOPILOT_HANG_SECONDS',
  /** The pod's own grace, for a local reflex; absent where the pod wants none. Seconds. */
  reflexGraceSeconds: 'AUTOPILOT_REFLEX_GRACE_SECONDS',
  /** JSON array of folders below {@link cacheMountRoot}, as `volume` or `volume/path`; absent where there is no cache. */
  cacheFolders: 'AUTOPILOT_CACHE_FOLDERS',
} as const;

/** Below it each cache volume is mounted under its own name, writable. */
export const cacheMountRoot = '/infra-autopilot/cache';

/** Bounds of what annotations can ask for. */
export const maximumCacheVolumes = 8;
export const maximumCacheFolders = 32;
export const maximumCacheFolderCharacters = 512;

/** Why injection gave an agent no power that its pod asks for: machine reason ↔ sentence. */
export const powerProblems = {
  'uid-unknown': 'The pod does not say by a number other than 0 as which user its main container runs (runAsUser).',
  'process-namespace-off': 'The pod itself sets shareProcessNamespace to false.',
  'host-processes': 'The pod sees the processes of its node (hostPID).',
  'restart-all-off':
    'The chart does not say that the cluster can restart all containers of a pod (agent.restartAllContainers).',
  'no-cache': 'The annotations name no volume of the pod that can be emptied.',
  refused: 'The API server refuses pods with it, or has not been asked yet: the log of the webhook says which.',
} as const;
export type PowerProblem = keyof typeof powerProblems;

/** Each power that the pod's annotations ask for: given, or why not. */
export type AskedPowers = Readonly<Partial<Record<AgentPower, 'given' | PowerProblem>>>;

/** A header of an HTTP probe, as in a pod's `httpGet.httpHeaders`. */
export interface ProbeHeader {
  readonly name: string;
  readonly value: string;
}

/** Longest name of a gRPC service that is asked for: with it a question stays within one frame of HTTP/2. */
export const maximumServiceCharacters = 1_024;

/** How to ask, always at the pod's own address: HTTP, the opening of a TCP connection, or gRPC's health check in cleartext. */
export type ProbeAction =
  | {
      readonly type: 'http';
      readonly scheme: 'http' | 'https';
      readonly port: number;
      /** Path with query. */
      readonly path: string;
      readonly headers: readonly ProbeHeader[];
    }
  | { readonly type: 'tcp'; readonly port: number }
  | {
      readonly type: 'grpc';
      readonly port: number;
      /** Empty asks for the server as a whole. */
      readonly service: string;
    };

/**
 * One probe that the app's author declared, with Kubernetes' defaults filled in and named ports resolved.
 * `exec` probes and those with `httpGet.host` never become a target.
 */
export interface ProbeTarget {
  readonly container: string;
  readonly probe: ProbeKind;
  readonly action: ProbeAction;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}
