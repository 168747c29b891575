import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { namespaceObjects, podObject, surroundings } from './pods.ts';
import type { ApiAnswer, ApiOrder } from './protocol.ts';

/**
 * An API server on loopback in a process of its own. The first segment of a path says how much it holds, as
 * `/10000/api/v1/pods`, and `/10000+/…` has owners and nodes too. What it sends is rendered beforehand, so that its
 * own work is in no measurement.
 */

/** Pods that are rendered together; a page is a whole number of these. */
const slabPods = 50;
const slabs: Buffer[] = [];
const watches = new Map<string, http.ServerResponse>();
/** One in so many events is of a pod that fails. */
const failingEvery = 10;
/** A prime, so that events go through all pods in no order. */
const stride = 7919;

let connections = 0;
let version = 1_000_000;

function slab(index: number): Buffer {
  const text = Array.from({ length: slabPods }, (_, pod) => JSON.stringify(podObject(index * slabPods + pod))).join(
    ',',
  );
  return (slabs[index] ??= Buffer.from(text));
}

async function sendPods(url: URL, pods: number, response: http.ServerResponse): Promise<void> {
  const first = Number(url.searchParams.get('continue') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? pods);
  const end = Math.min(pods, first + Math.max(slabPods, limit - (limit % slabPods)));
  const metadata = { resourceVersion: '900000', ...(end < pods ? { continue: String(end) } : {}) };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(`{"kind":"PodList","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`);
  for (let pod = first; pod < end; pod += slabPods) {
    if (pod > first) response.write(',');
    const room = response.write(slab(pod / slabPods));
    if (!room) await drained(response);
  }
  response.end(']}');
}

async function drained(response: http.ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const goOn = (): void => {
      response.off('drain', goOn).off('close', goOn);
      resolve();
    };
    response.on('drain', goOn).on('close', goOn);
  });
}

const server = http.createServer((request, response) => {
  request.resume();
  const url = new URL(request.url ?? '/', 'http://loopback');
  const [, world = '', ...path] = url.pathname.split('/');
  const resource = path.at(-1) ?? '';
  const pods = Number.parseInt(world, 10);
  if (url.searchParams.has('watch')) {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (resource === 'pods') watches.set(world, response);
    return;
  }
  if (resource === 'pods') {
    void sendPods(url, pods, response);
    return;
  }
  const items =
    resource === 'namespaces' ? namespaceObjects() : world.endsWith('+') ? surroundings(pods)[resource] : [];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '900000' }, items: items ?? [] }),
  );
});
server.on('connection', () => (connections += 1));

function eventLine(pods: number, index: number, at: number): string {
  version += 1;
  const change = { resourceVersion: version, at, failing: index % failingEvery === 0 };
  return `${JSON.stringify({ type: 'MODIFIED', object: podObject((index * stride) % pods, change) })}\n`;
}

/** As fast as they are taken. */
async function flood(world: string, events: number): Promise<void> {
  const lines = Array.from({ length: events }, (_, index) =>
    Buffer.from(eventLine(Number.parseInt(world, 10), index, Date.now() + index)),
  );
  const watch = watchOf(world);
  for (const line of lines) if (!watch.write(line)) await drained(watch);
}

/** Each at its time, and stamped when it is sent. */
async function stream(world: string, events: number, perSecond: number): Promise<void> {
  const stamp = Date.UTC(2001, 0, 1);
  const mark = new Date(stamp).toISOString();
  const parts = Array.from({ length: events }, (_, index) =>
    eventLine(Number.parseInt(world, 10), index, stamp).split(mark),
  );
  const watch = watchOf(world);
  const start = performance.now();
  for (const [index, part] of parts.entries()) {
    while (start + (index * 1000) / perSecond > performance.now()) await sleep(1);
    watch.write(part.join(new Date().toISOString()));
  }
}

function watchOf(world: string): http.ServerResponse {
  const watch = watches.get(world);
  if (watch === undefined) throw new Error(`nobody watches the pods of ${world}`);
  return watch;
}

process.on('message', (order: ApiOrder) => {
  switch (order.do) {
    case 'count':
      process.send?.({ connections } satisfies ApiAnswer);
      break;
    case 'flood':
      void flood(order.world, order.events);
      break;
    case 'stream':
      void stream(order.world, order.events, order.perSecond);
      break;
    case 'render':
      for (let pod = 0; pod < order.pods; pod += slabPods) slab(pod / slabPods);
      process.send?.({ rendered: slabs.reduce((sum, { length }) => sum + length, 0) } satisfies ApiAnswer);
      break;
  }
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port } satisfies ApiAnswer),
);
