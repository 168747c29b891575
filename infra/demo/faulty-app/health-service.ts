import { createServer, type Http2Server } from 'node:http2';
import type { State } from './state.ts';

/** Numbers of gRPC's own: a health status, and statuses of a call. */
const [serving, notServing] = [1, 2];
const [done, notFound, unimplemented] = ['0', '5', '12'];

const contentType = 'application/grpc';

/**
 * gRPC's health service in cleartext: for the server as a whole and for the service `liveness` what `/healthz` says,
 * for `readiness` what `/readyz` says.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function makeHealthService(state: State): Http2Server {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    const fail = (status: string): void =>
      stream.respond({ ':status': 200, 'content-type': contentType, 'grpc-status': status }, { endStream: true });
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (headers[':path'] !== '/grpc.health.v1.Health/Check') return fail(unimplemented);
      // Five bytes before the message, and two before its only field.
      const service = Buffer.concat(chunks).subarray(7).toString();
      const mark = service === 'readiness' ? 'fail-readiness' : 'fail-liveness';
      if (service !== '' && mark !== `fail-${service}`) return fail(notFound);
      stream.respond({ ':status': 200, 'content-type': contentType }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': done }));
      stream.end(Uint8Array.of(0, 0, 0, 0, 2, 8, state.isMarked(mark) ? notServing : serving));
    });
  });
  return server;
}
