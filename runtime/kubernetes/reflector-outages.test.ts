import type http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { eventually, sendJson, startLoopbackApi, type LoopbackApi } from '#test/support/loopback-api.ts';
import { systemClock } from '../clock.ts';
import { makeLogger } from '../logger.ts';
import type { Collection } from './list.ts';
import { makeReflector, type Reflector, type StoreChange } from './reflector.ts';
import { makeKubeTransport, type KubeTransport } from './transport.ts';

interface Asked {
  readonly url: URL;
  readonly at: number;
}

type View = { readonly version: string | undefined };

let api: LoopbackApi | undefined;
let transport: KubeTransport | undefined;
let reflector: Reflector<View> | undefined;

afterEach(async () => {
  await reflector?.stop();
  transport?.close();
  await api?.stop();
});

async function follow(
  answer: (response: http.ServerResponse, asked: readonly Asked[]) => void,
  collection: Partial<Collection> = {},
): Promise<{ asked: Asked[]; changes: StoreChange<View>[]; reflector: Reflector<View> }> {
  const asked: Asked[] = [];
  const changes: StoreChange<View>[] = [];
  api = await startLoopbackApi(({ url }, response) => {
    asked.push({ url, at: performance.now() });
    answer(response, asked);
  });
  transport = await makeKubeTransport(api.config);
  reflector = makeReflector<View>({
    collection: { path: '/api/v1/events', metadataOnly: false, ...collection },
    transport,
    clock: systemClock,
    random: () => 0.5,
    log: makeLogger('test', 'silent'),
    project: ({ metadata }) => ({ version: metadata?.resourceVersion }),
    onChange: (change) => changes.push(change),
    times: { backoff: { firstMilliseconds: 10, maximumMilliseconds: 40 } },
  });
  reflector.start();
  return { asked, changes, reflector };
}

function isWatch({ url }: Asked): boolean {
  return url.searchParams.has('watch');
}

function page(response: http.ServerResponse, names: readonly string[], token = ''): void {
  const items = names.map((name) => ({ metadata: { name, resourceVersion: '1' } }));
  sendJson(response, 200, { metadata: { resourceVersion: '10', continue: token }, items });
}

function openWatch(response: http.ServerResponse): void {
  response.writeHead(200).flushHeaders();
}

test('asks the server for what it selects only, in the list and in the watch', async () => {
  const scene = await follow((response, asked) => (asked.some(isWatch) ? openWatch(response) : page(response, [])), {
    fieldSelector: 'type=Warning,involvedObject.kind=Pod',
    labelSelector: 'app',
  });
  await eventually('watching', () => scene.asked.length === 2);
  for (const { url } of scene.asked) {
    expect(url.searchParams.get('fieldSelector')).toBe('type=Warning,involvedObject.kind=Pod');
    expect(url.searchParams.get('labelSelector')).toBe('app');
  }
});

test('starts over from the first page when the continue token has expired', async () => {
  const scene = await follow((response, asked) => {
    if (asked.some(isWatch)) openWatch(response);
    else if (asked.length === 1) page(response, ['gone', 'stays'], 'old');
    else if (asked.length === 2) sendJson(response, 410, { code: 410, reason: 'Expired' });
    else page(response, ['stays']);
  });
  await eventually('watching', () => scene.asked.some(isWatch));
  expect(scene.asked.slice(0, 3).map(({ url }) => url.searchParams.get('continue'))).toEqual([null, 'old', null]);
  expect([...scene.reflector.items.keys()]).toEqual(['stays']);
});

test('asks again no earlier than a 429 allows', async () => {
  const scene = await follow((response, asked) => {
    if (asked.length === 1) sendJson(response, 429, {}, { 'retry-after': '0.3' });
    else if (asked.some(isWatch)) openWatch(response);
    else page(response, []);
  });
  await eventually('second list', () => scene.asked.length >= 2);
  expect((scene.asked[1]?.at ?? 0) - (scene.asked[0]?.at ?? 0)).toBeGreaterThanOrEqual(290);
});

test('keeps one copy of an object that a new list brings unchanged', async () => {
  const scene = await follow((response, asked) => {
    if (asked.slice(-1).some(isWatch)) openWatch(response);
    else page(response, ['same']);
  });
  await eventually('first watch', () => scene.asked.some(isWatch));
  scene.reflector.relist();
  await eventually('second watch', () => scene.asked.filter(isWatch).length === 2);
  expect(scene.changes).toHaveLength(1);
  expect(scene.reflector.items.get('same')).toBe(scene.changes[0]?.current);
});
