import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export interface LoopbackRequest {
  readonly method: string;
  readonly url: URL;
  readonly accept: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export type LoopbackAnswer = (request: LoopbackRequest, response: http.ServerResponse) => void;

/** An HTTP server on loopback that answers as a test says, and a configuration that points at it. */
export interface LoopbackApi {
  readonly config: KubeConfig;
  readonly requests: readonly LoopbackRequest[];
  /** TCP connections that were opened so far. */
  connections(): number;
  stop(): Promise<void>;
}

export async function startLoopbackApi(answer: LoopbackAnswer): Promise<LoopbackApi> {
  const requests: LoopbackRequest[] = [];
  let connections = 0;
  const server = http.createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        url: new URL(incoming.url ?? '/', 'http://loopback'),
        accept: incoming.headers.accept ?? '',
        authorization: incoming.headers.authorization,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(request);
      answer(request, response);
    });
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'loopback', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'tester', token: 'a-token' },
  );
  return {
    config,
    requests,
    connections: () => connections,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with JSON. */
export function sendJson(response: http.ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Waits until the condition holds; fails with its description after the deadline. */
export async function eventually(what: string, holds: () => boolean, deadlineMilliseconds = 5_000): Promise<void> {
  const end = Date.now() + deadlineMilliseconds;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`did not happen in ${deadlineMilliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
