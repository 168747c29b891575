import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { issueAuthority, issueLeaf } from '../../webhook/certificates/issue.ts';

const stops: (() => unknown)[] = [];

/** Has something undone when the test that is running has ended. */
export function undo(stop: () => unknown): void {
  stops.push(stop);
}

/** For the top of a test file: undoes what its tests have started. */
export function undoAfterEach(): void {
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });
}

/** Lets a server listen on loopback until the test has ended, and breaks its connections then. */
export async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // What a test breaks off on the other side is no failure of its own.
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Identity {
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** A server's certificate with the authority that vouches for it, as the webhook issues them. */
export async function identityFor(name: string, now = Date.now()): Promise<Identity> {
  const authority = await issueAuthority(now);
  return { authority: authority.cert, ...(await issueLeaf(authority, [name], now)) };
}
