import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import inject, { type DispatchFunc } from 'light-my-request';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { issueAuthority, issueLeaf } from '../../webhook/certificates/issue.ts';
import { makeServer, mutatePath, type ServerParts } from '../../webhook/server.ts';
import { exampleContext, makePod, makeReview } from './admission.ts';

type WebhookServer = ReturnType<typeof makeServer>;

export const webhookName = 'webhook.svc';

/** A server that is not listening: it is asked by `server.inject`. */
export function makeTestServer(parts: Partial<ServerParts> = {}): {
  readonly server: WebhookServer;
  readonly metrics: Metrics;
} {
  const metrics = makeMetrics('webhook');
  const log = makeLogger('webhook', 'silent');
  const server = makeServer({ context: exampleContext, certificate: undefined, log, metrics, ...parts });
  return { server, metrics };
}

/** A server on loopback under a certificate of its own authority. */
export async function startTestServer(parts: Partial<ServerParts> = {}): Promise<{
  readonly server: WebhookServer;
  readonly metrics: Metrics;
  readonly port: number;
  readonly ca: string;
}> {
  const now = Date.now();
  const authority = await issueAuthority(now);
  const { server, metrics } = makeTestServer({
    certificate: await issueLeaf(authority, [webhookName], now),
    ...parts,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, metrics, port: (server.server.address() as AddressInfo).port, ca: authority.cert };
}

/** Asks without a network, by what the server does with a request of a connection: fastify's own `inject` would pass that by. */
export async function post(server: WebhookServer, payload: string, contentType = 'application/json') {
  await server.ready();
  const dispatch: DispatchFunc = (request, response) => void server.server.emit('request', request, response);
  return await inject(dispatch, {
    method: 'POST',
    url: `${mutatePath}?timeout=3s`,
    headers: { 'content-type': contentType },
    payload,
  });
}

export interface Called {
  readonly status: number;
  /** Fingerprint of the certificate that was served; undefined on a resumed connection, where none is sent. */
  readonly peer: string | undefined;
  readonly body: string;
}

/** How to reach a server on loopback; `agent: false` is a connection of its own. */
export function requestOptions(port: number, ca: string, options: https.RequestOptions = {}): https.RequestOptions {
  const headers = { 'content-type': 'application/json' };
  return {
    host: '127.0.0.1',
    servername: webhookName,
    port,
    ca,
    path: mutatePath,
    method: 'POST',
    headers,
    agent: false,
    ...options,
  };
}

/** Sends a review of a plain pod over TLS. */
export function call(port: number, ca: string, options: https.RequestOptions = {}): Promise<Called> {
  return new Promise((resolve, reject) => {
    const request = https.request(requestOptions(port, ca, options), (response) => {
      const { fingerprint256: peer } = (response.socket as TLSSocket).getPeerCertificate() as {
        fingerprint256?: string;
      };
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, peer, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.on('error', reject);
    request.end(JSON.stringify(makeReview(makePod())));
  });
}

/** The value of the first sample that begins so; NaN where there is none. What has been answered is counted by then. */
export async function sample(metrics: Metrics, line: string): Promise<number> {
  // The journal's work was put off when the answer ended, so before this is.
  await setImmediate();
  const text = await metrics.registry.metrics();
  const found = text.split('\n').find((candidate) => candidate.startsWith(line));
  return Number(found?.split(' ').at(-1));
}
