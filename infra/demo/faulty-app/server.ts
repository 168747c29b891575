import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { faultKinds, prepareFault, type FaultKind } from './faults.ts';
import type { Log } from './log.ts';
import { followShape, memoryShapes } from './memory.ts';
import type { State } from './state.ts';

/** How far ahead a fault can be ordered. */
const longestWaitMilliseconds = 60_000;

/**
 * Health routes, a front page, `POST /fault/<kind>` (`DELETE` takes a failing probe back), with `?at=<Unix milliseconds>` not
 * before then, and `POST /memory/<shape>?rate=<MiB a second>`, which is no fault as long as it fits.
 */
export function makeServer(state: State, log: Log): Server {
  let faulted: FaultKind | undefined;
  let leaveShape: () => void = () => {};

  const begin = (kind: FaultKind): (() => void) => {
    const strike = prepareFault(kind, state, log);
    // From here on nobody gets a good answer of this process, however long it takes to die.
    if (kind !== 'fail-liveness' && kind !== 'fail-readiness') faulted = kind;
    return strike;
  };

  const inject = (kind: FaultKind, at: number, response: ServerResponse): void => {
    const now = Date.now();
    if (!(at <= now + longestWaitMilliseconds)) return answer(response, 400, { problem: 'at is not within a minute' });
    const faultAt = new Date(Math.max(at, now)).toISOString();
    log('fault', { kind, faultAt });
    if (at > now) setTimeout(() => begin(kind)(), at - now);
    else {
      const strike = begin(kind);
      response.once('finish', () => setImmediate(strike));
    }
    return answer(response, 202, { kind, faultAt });
  };

  return createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://app');
    const shape = memoryShapes.find((candidate) => path === `/memory/${candidate}`);
    if (shape !== undefined && request.method === 'POST') {
      const rate = Number(searchParams.get('rate') ?? '1');
      if (!(rate > 0 && rate <= 100)) return answer(response, 400, { problem: 'rate is not a number up to 100' });
      leaveShape();
      leaveShape = followShape(shape, rate);
      log('memory', { shape, rate, beganAt: new Date().toISOString() });
      return answer(response, 202, { shape });
    }
    const kind = faultKinds.find((candidate) => path === `/fault/${candidate}`);
    if (kind !== undefined && request.method === 'POST') {
      return inject(kind, Number(searchParams.get('at') ?? '0'), response);
    }
    if (kind === 'fail-liveness' || kind === 'fail-readiness') {
      if (request.method === 'DELETE') state.mark(kind, false);
      return answer(response, 200, { kind, marked: String(state.isMarked(kind)) });
    }
    if (faulted !== undefined) return answer(response, 503, { faulted });
    if (path === '/healthz') return answer(response, state.isMarked('fail-liveness') ? 503 : 200, {});
    if (path === '/readyz') return answer(response, state.isMarked('fail-readiness') ? 503 : 200, {});
    if (path === '/') return answer(response, 200, { app: 'faulty-app' });
    return answer(response, 404, {});
  });
}

function answer(response: ServerResponse, status: number, body: Readonly<Record<string, string>>): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
