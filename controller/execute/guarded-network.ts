import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { AutopilotError } from '#runtime/errors.ts';
import type { SinkAnswer, SinkNetwork, SinkRequest } from '../model/sink.ts';
import type { AddressGuard } from './address-guard.ts';

const timeoutMilliseconds = 10_000;

/** Enough for any receiver's word of thanks. */
const maximumAnswerBytes = 64 * 1024;

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/**
 * HTTP for sinks. The address is judged when the connection is made, on what the name resolves to then, so a name
 * that changes its answer gains nothing. Redirects are answers like any other and are never followed.
 */
export function makeGuardedNetwork(guard: AddressGuard): SinkNetwork {
  const guardedLookup = (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, []);
        return;
      }
      const [first, ...others] = addresses.filter(({ address }) => guard.allows(address));
      if (first === undefined) callback(refusal(hostname), []);
      else if (options.all === true) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };

  return {
    send: async (request) => {
      const url = new URL(request.url);
      const literal = url.hostname.replace(/^\[|\]$/g, '');
      // Node asks no lookup for what is an address already.
      if (isIP(literal) !== 0 && !guard.allows(literal)) throw refusal(literal);
      return await exchange(url, request, guardedLookup);
    },
  };
}

async function exchange(
  url: URL,
  { method, headers, body }: SinkRequest,
  guardedLookup: (hostname: string, options: LookupOptions, callback: LookupCallback) => void,
): Promise<SinkAnswer> {
  const send = url.protocol === 'https:' ? https.request : http.request;
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const options: https.RequestOptions = {
      method,
      headers: { ...headers, 'user-agent': 'infra-autopilot', 'content-length': Buffer.byteLength(body) },
      signal,
      agent: false,
      lookup: guardedLookup,
    };
    const outgoing = send(url, options, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumAnswerBytes) break;
    chunks.push(chunk);
  }
  const retryAfter = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).toString('utf8'),
    ...(Number.isFinite(retryAfter) && retryAfter >= 0 ? { retryAfterSeconds: retryAfter } : {}),
  };
}

function refusal(host: string): AutopilotError {
  return new AutopilotError('AP_SINK_ADDRESS', `${host} is a private, local or metadata address that is not allowed`);
}
