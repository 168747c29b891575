import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeHealthService } from './health-service.ts';
import { openState } from './state.ts';

/** Calls a method with a service's name; the message that comes, or the status of the call that failed. */
async function call(port: number, path: string, service: string): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  const message = service === '' ? [] : [10, service.length, ...Buffer.from(service)];
  stream.end(Uint8Array.of(0, 0, 0, 0, message.length, ...message));
  let status: string | undefined;
  stream.on('response', (headers) => (status = headers['grpc-status']?.toString()));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  session.close();
  return status ?? Buffer.concat(chunks).toString('hex');
}

it('answers as a gRPC server does, by what was injected', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'faulty-app-test-'));
  const state = openState(directory);
  const server = makeHealthService(state);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  const { port } = server.address() as AddressInfo;
  const check = '/grpc.health.v1.Health/Check';
  expect(await call(port, check, '')).toBe('00000000020801');
  state.mark('fail-readiness', true);
  expect(await call(port, check, 'readiness')).toBe('00000000020802');
  expect(await call(port, check, 'liveness')).toBe('00000000020801');
  expect(await call(port, check, 'cart')).toBe('5');
  expect(await call(port, '/shop.Cart/Add', '')).toBe('12');
});
