import type http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { eventually, sendJson, startLoopbackApi, type LoopbackApi } from '#test/support/loopback-api.ts';
import { systemClock } from '../clock.ts';
import { makeLogger } from '../logger.ts';
import type { KubeObject } from './object.ts';
import { makeReflector, type Reflector, type ReflectorTimes, type StoreChange } from './reflector.ts';
import { makeKubeTransport, type KubeTransport } from './transport.ts';

type Script = (response: http.ServerResponse, url: URL) => void;

interface Scene {
  readonly lists: URL[];
  readonly watches: URL[];
  readonly changes: StoreChange<string>[];
  readonly reflector: Reflector<string>;
}

const fast: Partial<ReflectorTimes> = { backoff: { firstMilliseconds: 10, maximumMilliseconds: 40 } };
let api: LoopbackApi | undefined;
let transport: KubeTransport | undefined;
let reflector: Reflector<string> | undefined;

afterEach(async () => {
  await reflector?.stop();
  transport?.close();
  await api?.stop();
});

/** Plays one script after the other for lists and for watches; the last one stays. */
async function play(lists: Script[], watches: Script[], times: Partial<ReflectorTimes> = {}): Promise<Scene> {
  const scene = { lists: [] as URL[], watches: [] as URL[], changes: [] as StoreChange<string>[] };
  api = await startLoopbackApi(({ url }, response) => {
    const watching = url.searchParams.get('watch') === 'true';
    const asked = watching ? scene.watches : scene.lists;
    const scripts = watching ? watches : lists;
    asked.push(url);
    scripts[Math.min(asked.length, scripts.length) - 1]?.(response, url);
  });
  transport = await makeKubeTransport(api.config);
  reflector = makeReflector<string>({
    collection: { path: '/api/v1/pods', metadataOnly: false },
    transport,
    clock: systemClock,
    random: () => 0.5,
    log: makeLogger('test', 'silent'),
    project: (object) => {
      if (object.metadata?.name === 'poisoned') throw new Error('unreadable');
      return object.metadata?.labels?.['drop'] === undefined ? object.metadata?.resourceVersion : undefined;
    },
    onChange: (change) => scene.changes.push(change),
    times: { ...fast, ...times },
  });
  reflector.start();
  return { ...scene, reflector };
}

function pod(name: string, resourceVersion: string, labels: Record<string, string> = {}): KubeObject {
  return { metadata: { namespace: 'shop', name, resourceVersion, labels } };
}

function list(resourceVersion: string, items: KubeObject[], token?: string): Script {
  return (response) => sendJson(response, 200, { metadata: { resourceVersion, continue: token }, items });
}

function events(...lines: (string | { type: string; object: unknown })[]): Script {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const line of lines) response.write(typeof line === 'string' ? line : `${JSON.stringify(line)}\n`);
  };
}

const silence = events();

test('lists by pages, then follows additions, changes and deletions', async () => {
  const scene = await play(
    [list('10', [pod('a', '1')], 'more'), list('10', [pod('b', '2')])],
    [
      events(
        { type: 'MODIFIED', object: pod('a', '11') },
        { type: 'ADDED', object: pod('c', '12') },
        { type: 'DELETED', object: pod('b', '13') },
      ),
    ],
  );
  await eventually('last event', () => scene.changes.length === 5);
  expect([...scene.reflector.items]).toEqual([
    ['shop/a', '11'],
    ['shop/c', '12'],
  ]);
  expect(scene.lists.map((url) => url.search)).toEqual(['?limit=100', '?limit=100&continue=more']);
  const watch = scene.watches[0]?.searchParams;
  expect(watch?.get('allowWatchBookmarks')).toBe('true');
  expect(watch?.get('resourceVersion')).toBe('10');
  expect(Number(watch?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
  expect(Number(watch?.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
});

test('resumes a silent, half-open watch from the last bookmark', async () => {
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '77' } } };
  const scene = await play([list('10', [])], [events(bookmark), silence], { silenceMilliseconds: 60 });
  await eventually('second watch', () => scene.watches.length === 2);
  expect(scene.watches[1]?.searchParams.get('resourceVersion')).toBe('77');
  expect(scene.lists).toHaveLength(1);
});

const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } };
const cases: readonly [name: string, first: Script, relists: boolean][] = [
  ['an answer of 410', (response) => sendJson(response, 410, { code: 410 }), true],
  ['an in-stream 410', events(gone), true],
  ['an in-stream 500', events({ type: 'ERROR', object: { code: 500, message: 'etcd' } }), false],
  ['an answer of 500', (response) => sendJson(response, 500, {}), false],
  ['an answer of 429', (response) => sendJson(response, 429, {}, { 'retry-after': '0' }), false],
  [
    'a torn line',
    (response) => {
      response.writeHead(200);
      response.write('{"type":"ADDED","obj');
      setImmediate(() => response.end());
    },
    false,
  ],
  ['a line that is not JSON', events('{"type":\n'), false],
  ['a reset connection', (response) => response.socket?.resetAndDestroy(), false],
];

test.each(cases)('recovers from %s and sees what came after', async (_name, first, relists) => {
  const scene = await play(
    [list('10', []), list('20', [])],
    [first, events({ type: 'ADDED', object: pod('late', '21') })],
  );
  await eventually('later event', () => scene.reflector.items.has('shop/late'));
  expect(scene.lists).toHaveLength(relists ? 2 : 1);
  expect(scene.watches[1]?.searchParams.get('resourceVersion')).toBe(relists ? '20' : '10');
});

test('lists anew after three failed watches in a row and finds what was deleted meanwhile', async () => {
  const failing: Script = (response) => sendJson(response, 503, {});
  const scene = await play([list('10', [pod('a', '1')]), list('20', [])], [failing, failing, failing, silence]);
  await eventually('deletion found', () => scene.reflector.items.size === 0 && scene.lists.length === 2);
  expect(scene.changes.at(-1)).toEqual({ key: 'shop/a', previous: '1', current: undefined });
});

test('waits as long as a 429 on the list asks for, then lists', async () => {
  const scene = await play(
    [(response) => sendJson(response, 429, {}, { 'retry-after': '0.1' }), list('10', [pod('a', '1')])],
    [silence],
  );
  await eventually('synced', () => scene.reflector.synced());
  expect(scene.reflector.items.has('shop/a')).toBe(true);
});

test('is not synced while only a part of the pages was read', async () => {
  const broken: Script = (response) => sendJson(response, 500, {});
  const scene = await play(
    [list('10', [pod('a', '1')], 'more'), broken, broken, list('11', [pod('b', '2')])],
    [silence],
  );
  expect(scene.reflector.synced()).toBe(false);
  await eventually('synced', () => scene.reflector.synced());
  expect([...scene.reflector.items.keys()]).toEqual(['shop/b']);
});

test('lists anew on time even while the watch is healthy', async () => {
  const scene = await play([list('10', []), list('20', [pod('lost', '15')])], [silence], { relistMilliseconds: 80 });
  await eventually('lost event found', () => scene.reflector.items.has('shop/lost'));
});

test('lists anew when asked to', async () => {
  const scene = await play([list('10', []), list('20', [pod('a', '15')])], [silence]);
  await eventually('watching', () => scene.watches.length === 1);
  scene.reflector.relist();
  await eventually('second list', () => scene.reflector.items.has('shop/a'));
});

test('skips an object that cannot be read and keeps the others', async () => {
  const scene = await play([list('10', [pod('poisoned', '1'), pod('a', '2')])], [silence]);
  await eventually('synced', () => scene.reflector.synced());
  expect([...scene.reflector.items.keys()]).toEqual(['shop/a']);
});

test('forgets an object that the projection no longer wants', async () => {
  const scene = await play(
    [list('10', [pod('a', '1')])],
    [events({ type: 'MODIFIED', object: pod('a', '11', { drop: '' }) })],
  );
  await eventually('forgotten', () => scene.changes.length === 2);
  expect(scene.changes.at(-1)).toEqual({ key: 'shop/a', previous: '1', current: undefined });
});

test('tells nobody of a change of what is not kept', async () => {
  const scene = await play(
    [list('10', [pod('a', '1')])],
    [events({ type: 'MODIFIED', object: pod('a', '1', { not: 'kept' }) }, { type: 'ADDED', object: pod('b', '12') })],
  );
  await eventually('later event', () => scene.reflector.items.has('shop/b'));
  expect(scene.changes.map(({ key }) => key)).toEqual(['shop/a', 'shop/b']);
});
