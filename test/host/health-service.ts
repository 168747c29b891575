import http2 from 'node:http2';
import { listen } from './loopback.ts';

/** One call as it came, with the stream that it is answered on. */
export interface Call {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly stream: http2.ServerHttp2Stream;
}

/** A server in cleartext as gRPC's are, and what it is called with. */
export async function startHealthService(
  answer: (call: Call) => void,
  settings: http2.Settings = {},
): Promise<{
  readonly port: number;
  readonly calls: readonly Call[];
  readonly sessions: readonly http2.Http2Session[];
}> {
  const calls: Call[] = [];
  const sessions: http2.Http2Session[] = [];
  const server = http2.createServer({ settings });
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const call = { headers, body: Buffer.concat(chunks), stream };
      calls.push(call);
      answer(call);
    });
  });
  return { port: await listen(server), calls, sessions };
}

/** Answers as grpc-go does: headers, one message, trailers with the status of the call. */
export function respond({ stream }: Call, message: readonly number[], status = '0'): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': '' }));
  stream.end(Buffer.from([0, 0, 0, 0, message.length, ...message]));
}

/** Answers a call that failed: one block of headers, which are the trailers too. */
export function refuse({ stream }: Call, status: string): void {
  const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status };
  stream.respond({ ...headers, 'grpc-message': 'unknown service' }, { endStream: true });
}
