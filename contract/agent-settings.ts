import type { ProbeKind } from './report.ts';

/** Environment variables that injection sets on the agent, by what they mean. */
export const agentVariables = {
  /** Full URL to which reports are posted. */
  reportUrl: 'AUTOPILOT_REPORT_URL',
  /** PEM of the authorities that may have signed the controller's certificate. */
  authorities: 'AUTOPILOT_CA',
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
} as const;

/** A header of an HTTP probe, as in a pod's `httpGet.httpHeaders`. */
export interface ProbeHeader {
  readonly name: string;
  readonly value: string;
}

/** How to ask: an HTTP request or the opening of a TCP connection, always to the pod's own address. */
export type ProbeAction =
  | {
      readonly type: 'http';
      readonly scheme: 'http' | 'https';
      readonly port: number;
      /** Path with query. */
      readonly path: string;
      readonly headers: readonly ProbeHeader[];
    }
  | { readonly type: 'tcp'; readonly port: number };

/**
 * One probe that the app's author declared, with Kubernetes' defaults filled in and named ports resolved.
 * `exec` and `grpc` probes and those with `httpGet.host` never become a target.
 */
export interface ProbeTarget {
  readonly container: string;
  readonly probe: ProbeKind;
  readonly action: ProbeAction;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}
