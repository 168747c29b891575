import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Clock } from '#runtime/clock.ts';
import { servicePort } from './manifests.ts';

const probeMilliseconds = 200;
const probeTimeoutMilliseconds = 2_000;

/** True when the workload's Service gives a good answer right now, asked through the API server as an outsider. */
export async function answersOutside(kube: KubeTransport, namespace: string, service: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}/services/http:${service}:${servicePort}/proxy/readyz`;
  try {
    return (await kube.request({ method: 'GET', path, timeoutMilliseconds: probeTimeoutMilliseconds })).ok;
  } catch {
    return false;
  }
}

/** When the first good answer to a question asked from now on came, in milliseconds since the epoch; undefined when aborted. */
export async function firstGoodAnswer(
  kube: KubeTransport,
  namespace: string,
  service: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<number | undefined> {
  while (!signal.aborted) {
    if (await answersOutside(kube, namespace, service)) return clock.now();
    await clock.sleep(probeMilliseconds, signal).catch(() => undefined);
  }
  return undefined;
}
