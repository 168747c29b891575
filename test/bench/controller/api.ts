import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { namespaceCount, namespaceObject, podObject, replicaSetCount, replicaSetObject } from './objects.ts';

/**
 * An API server on loopback that holds generated pods: `node api.ts PODS`. Prints its port. Pages by `limit` and
 * `continue`; `POST /bench/events?perSecond=N&seconds=M` lets pods fail one by one on every open watch of pods, and
 * `GET /bench/connections` tells how many connections were made.
 */
const pods = Number(process.argv[2]);
const firstVersion = 1_000_000;
const watchers = new Set<http.ServerResponse>();
let connections = 0;

const collections = new Map<string, { readonly count: number; readonly make: (index: number) => object }>([
  ['/api/v1/namespaces', { count: namespaceCount, make: namespaceObject }],
  ['/api/v1/pods', { count: pods, make: (index) => podObject(index, 1) }],
  ['/apis/apps/v1/replicasets', { count: replicaSetCount(pods), make: replicaSetObject }],
]);

const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://loopback');
  if (url.pathname === '/bench/connections') response.end(String(connections));
  else if (url.pathname === '/bench/events') void sendEvents(url).then((sent) => response.end(String(sent)));
  else if (url.searchParams.get('watch') === 'true' || url.searchParams.get('watch') === '1') watch(url, response);
  else list(url, response);
});

function list(url: URL, response: http.ServerResponse): void {
  const { count, make } = collections.get(url.pathname) ?? { count: 0, make: () => ({}) };
  const limit = Number(url.searchParams.get('limit') ?? 0) || count;
  const from = Number(url.searchParams.get('continue') ?? 0);
  const to = Math.min(from + limit, count);
  const metadata = { resourceVersion: String(firstVersion), ...(to < count ? { continue: String(to) } : {}) };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(`{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`);
  for (let index = from; index < to; index += 1) {
    response.write(`${index === from ? '' : ','}${JSON.stringify(make(index))}`);
  }
  response.end(']}');
}

function watch(url: URL, response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  if (url.pathname !== '/api/v1/pods') return;
  watchers.add(response);
  response.once('close', () => watchers.delete(response));
}

/** In slices of 10 ms, so that events come evenly; each carries the millisecond at which it was sent. */
async function sendEvents(url: URL): Promise<number> {
  const perSecond = Number(url.searchParams.get('perSecond'));
  const seconds = Number(url.searchParams.get('seconds'));
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < seconds * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; sent < due; sent += 1) {
      const version = firstVersion + 1 + sent;
      const pod = podObject((sent * 7919) % pods, version, new Date().toISOString());
      const line = `${JSON.stringify({ type: 'MODIFIED', object: pod })}\n`;
      for (const watcher of watchers) watcher.write(line);
    }
    await delay(10);
  }
  return sent;
}

server.on('connection', () => (connections += 1));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
