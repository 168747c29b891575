import { KubeConfig } from '@kubernetes/client-node';

/** What a subject prints, as one line of JSON, when it has listed everything. */
export interface Listed {
  readonly heapBytes: number;
  readonly peakRssBytes: number;
  readonly listSeconds: number;
}

/** What the watch of a subject did with a stream of events. */
export interface Streamed {
  readonly handled: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

export function loopbackConfig(port: number): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'loopback', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'bench' },
  );
  return config;
}

/** Heap in use after collection; needs --expose-gc. */
export function heapBytes(): number {
  for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

export function say(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

export async function call(port: number, path: string, method = 'GET'): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${port}${path}`, { method })).text());
}
