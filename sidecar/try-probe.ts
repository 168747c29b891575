import type { ProbeHeader, ProbeTarget } from '#contract/agent-settings.ts';
import type { ProbeFailure } from '#contract/report.ts';
import { checkHealth, type HealthAnswer } from './grpc/check-health.ts';
import type { Host, NoAnswer } from './host.ts';
import { resolveRedirect, type Destination } from './redirect.ts';
import { agentVersion } from './version.ts';

/** What one try of a probe came to. */
export type TryResult =
  | { readonly ok: true; readonly statusCode: number | undefined }
  | { readonly ok: false; readonly failure: ProbeFailure; readonly statusCode: number | undefined };

/** The kubelet's own bounds: 10 redirects, 10 KiB of body. */
const maximumRedirects = 10;
const maximumBodyBytes = 10_240;

/** Some apps answer the kubelet's probes without authentication because of this prefix; ours must be taken alike. */
const userAgent = `kube-probe/1 infra-autopilot/${agentVersion}`;

/** Asks once, as the kubelet would: by the pod's address, within the probe's own timeout. */
export async function tryProbe(host: Host, address: string, target: ProbeTarget): Promise<TryResult> {
  const { action } = target;
  const timeoutMilliseconds = target.timeoutSeconds * 1000;
  if (action.type === 'tcp') {
    const answer = await host.connect({ address, port: action.port, timeoutMilliseconds });
    return answer.outcome === 'connected' ? { ok: true, statusCode: undefined } : failed(answer);
  }
  if (action.type === 'grpc') {
    const { port, service } = action;
    return healthResult(await checkHealth(host, { address, port, service, timeoutSeconds: target.timeoutSeconds }));
  }
  const deadline = host.monotonic() + timeoutMilliseconds;
  let destination: Destination = { secure: action.scheme === 'https', port: action.port, path: sendable(action.path) };
  for (let redirects = 0; redirects <= maximumRedirects; redirects += 1) {
    const remaining = deadline - host.monotonic();
    if (remaining <= 0) break;
    const answer = await host.request({
      ...destination,
      address,
      headers: probeHeaders(action.headers, address, destination),
      timeoutMilliseconds: remaining,
      maximumBodyBytes,
    });
    if (answer.outcome !== 'answer') return failed(answer);
    const statusCode = answer.status;
    const next = isRedirect(statusCode) ? resolveRedirect(destination, address, answer.location ?? '') : undefined;
    if (next === undefined || answer.location === undefined) {
      return statusCode >= 200 && statusCode < 400
        ? { ok: true, statusCode }
        : { ok: false, failure: 'status', statusCode };
    }
    destination = { ...next, path: sendable(next.path) };
  }
  // A chain of redirects that doesn't end in time, or at all, is no answer either.
  return { ok: false, failure: 'timeout', statusCode: undefined };
}

/** A server that breaks off has given no full answer. gRPC's own statuses are no HTTP statuses, and are not told. */
function healthResult(answer: HealthAnswer): TryResult {
  switch (answer.outcome) {
    case 'serving':
      return { ok: true, statusCode: undefined };
    case 'not-serving':
      return { ok: false, failure: 'status', statusCode: undefined };
    case 'broken':
      return { ok: false, failure: 'closed', statusCode: undefined };
    case 'refused':
    case 'timeout':
    case 'closed':
      return failed(answer);
  }
}

function failed(answer: NoAnswer): TryResult {
  return { ok: false, failure: answer.outcome, statusCode: undefined };
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** As the kubelet: no fragment, and what is no visible ASCII is percent-encoded. */
function sendable(path: string): string {
  const visible = path.split('#')[0] ?? '';
  return visible.replace(/[^!-~]+/g, (run) => encodeURIComponent(run.toWellFormed()));
}

/** The author's headers, and the kubelet's where the author set none. An empty Accept asks for none at all. */
function probeHeaders(own: readonly ProbeHeader[], address: string, { port }: Destination): readonly ProbeHeader[] {
  const has = (name: string): boolean => own.some((header) => header.name.toLowerCase() === name.toLowerCase());
  const defaults: readonly ProbeHeader[] = [
    { name: 'Host', value: `${address.includes(':') ? `[${address}]` : address}:${port}` },
    { name: 'User-Agent', value: userAgent },
    { name: 'Accept', value: '*/*' },
    { name: 'Connection', value: 'close' },
  ];
  const kept = own.filter(({ name, value }) => !(name.toLowerCase() === 'accept' && value === ''));
  return [...defaults.filter(({ name }) => !has(name)), ...kept];
}
