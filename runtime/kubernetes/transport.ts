import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { AutopilotError } from '../errors.ts';
import { failedAnswer, type KubeAnswer } from './answer.ts';

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path of the resource, its segments already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  /** Defaults to JSON; patches need one of the API's own types. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Deadline of the whole exchange; of a stream: until its headers. */
  readonly timeoutMilliseconds?: number;
}

/** The one way to the Kubernetes API: every request has a deadline and shares one kept connection pool. */
export interface KubeTransport {
  /**
   * Asks and reads the whole answer. A refusal by the API is a value.
   *
   * @throws AutopilotError AP_KUBERNETES_REQUEST when there was no usable answer before the deadline.
   */
  request<Body>(request: KubeRequest): Promise<KubeAnswer<Body>>;
  /** Opens a stream and leaves its body to the caller, who must destroy it. Throws as `request` does. */
  open(request: KubeRequest): Promise<KubeAnswer<http.IncomingMessage>>;
  close(): void;
}

const defaultTimeoutMilliseconds = 10_000;

/** A page of 100 pods weighs about 1 MB; anything near this is not an answer that we asked for. */
const maximumAnswerBytes = 128 * 1024 * 1024;

/**
 * Makes a transport out of client-node's configuration, which knows the credentials and re-reads token files.
 * Its own request path opens a new TLS connection for each call, so only its credentials are used.
 */
export async function makeKubeTransport(config: KubeConfig): Promise<KubeTransport> {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new AutopilotError('AP_KUBERNETES_REQUEST', 'the Kubernetes configuration names no cluster');
  }
  const base = new URL(server);
  const credentials = await readCredentials(config);
  const secure = base.protocol === 'https:';
  const pool = { keepAlive: true, keepAliveMsecs: 15_000, maxSockets: 64, scheduling: 'lifo' as const };
  const agent = secure ? new https.Agent({ ...pool, ...tlsOf(credentials) }) : new http.Agent(pool);
  const send = secure ? https.request : http.request;

  const exchange = async (request: KubeRequest, signal: AbortSignal): Promise<http.IncomingMessage> => {
    const { headers: authorization, auth } = await readCredentials(config);
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers: http.OutgoingHttpHeaders = {
      accept: request.accept ?? 'application/json',
      'user-agent': 'infra-autopilot',
      ...(authorization as http.OutgoingHttpHeaders | undefined),
      ...(body ? { 'content-type': request.contentType ?? 'application/json', 'content-length': body.length } : {}),
    };
    const options: https.RequestOptions = {
      agent,
      method: request.method,
      headers,
      signal,
      ...(typeof auth === 'string' ? { auth } : {}),
    };
    const url = urlOf(base, request);
    return await new Promise((resolve, reject) => {
      const attempt = (mayRetry: boolean): void => {
        const outgoing = send(url, options, resolve);
        outgoing.on('error', (error: NodeJS.ErrnoException) => {
          // The server may close a kept connection at the very moment it is reused; nothing was processed then.
          if (mayRetry && outgoing.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) attempt(false);
          else reject(error);
        });
        outgoing.end(body);
      };
      attempt(true);
    });
  };

  return {
    request: async <Body>(request: KubeRequest) => {
      const signal = deadlineOf(request);
      try {
        const response = await exchange(request, signal);
        const text = await readAll(response);
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return { ok: true, status, body: JSON.parse(text) as Body };
        return failedAnswer(status, response.headers, text);
      } catch (cause) {
        throw requestError(request, cause);
      }
    },
    open: async (request) => {
      const opening = new AbortController();
      const deadline = setTimeout(
        () => opening.abort(new Error('no answer before the deadline')),
        request.timeoutMilliseconds ?? defaultTimeoutMilliseconds,
      );
      const signal = request.signal ? AbortSignal.any([request.signal, opening.signal]) : opening.signal;
      try {
        const response = await exchange(request, signal);
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return { ok: true, status, body: response };
        return failedAnswer(status, response.headers, await readAll(response));
      } catch (cause) {
        throw requestError(request, cause);
      } finally {
        clearTimeout(deadline);
      }
    },
    close: () => agent.destroy(),
  };
}

async function readCredentials(config: KubeConfig): Promise<https.RequestOptions> {
  const options: https.RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
  return options;
}

function tlsOf({ ca, cert, key, rejectUnauthorized, servername }: https.RequestOptions): https.AgentOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function urlOf(base: URL, request: KubeRequest): URL {
  const url = new URL(base.pathname.replace(/\/$/, '') + request.path, base);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value));
  return url;
}

function deadlineOf(request: KubeRequest): AbortSignal {
  const deadline = AbortSignal.timeout(request.timeoutMilliseconds ?? defaultTimeoutMilliseconds);
  return request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
}

async function readAll(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumAnswerBytes) {
      response.destroy();
      throw new AutopilotError('AP_KUBERNETES_REQUEST', `answer is larger than ${maximumAnswerBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function requestError(request: KubeRequest, cause: unknown): AutopilotError {
  return new AutopilotError('AP_KUBERNETES_REQUEST', `${request.method} ${request.path} had no usable answer`, {
    cause,
  });
}
