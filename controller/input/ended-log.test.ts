import { afterEach, expect, test } from 'vitest';
import { startLoopbackApi, type LoopbackAnswer, type LoopbackApi } from '#test/support/loopback-api.ts';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { container, pod } from '#test/support/snapshots.ts';
import type { ContainerSnapshot } from '../model/snapshot.ts';
import { readEndedLog } from './ended-log.ts';

let api: LoopbackApi | undefined;
let transport: KubeTransport | undefined;

afterEach(async () => {
  transport?.close();
  await api?.stop();
});

async function read(answer: LoopbackAnswer, state: ContainerSnapshot['state'] = 'waiting'): Promise<readonly string[]> {
  api = await startLoopbackApi(answer);
  transport = await makeKubeTransport(api.config);
  const ended = pod({ name: 'web-1', containers: [container({ state })] });
  return await readEndedLog(transport, ended, 'app', new AbortController().signal);
}

const says = (text: string | Buffer) => read((_request, response) => response.end(text));

test.each([
  ['running', 'true'],
  ['waiting', 'false'],
  ['terminated', 'false'],
] as const)(
  'asks for the end of the log of the run that ended last while the container is %s',
  async (state, previous) => {
    await read((_request, response) => response.end(''), state);
    const url = api?.requests[0]?.url;
    expect(url?.pathname).toBe('/api/v1/namespaces/shop/pods/web-1/log');
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      previous,
      container: 'app',
      tailLines: '20',
      limitBytes: '8192',
    });
  },
);

test('takes the word of a node that has no log any more for none', async () => {
  expect(await says('unable to retrieve container logs for containerd://0123')).toEqual([]);
});

test('gives readable lines without secrets', async () => {
  const lines = await says('\u001b[31mfatal\u001b[0m: no\u0000 database\r\n\r\n\tpassword=hunter2\n\u202egnp.exe\n');
  expect(lines).toEqual(['fatal: no database', ' password=[redacted]', 'gnp.exe']);
});

test('keeps to its bounds whatever it is sent', async () => {
  const lines = await says('word '.repeat(100_000));
  expect(lines.map(({ length }) => length)).toEqual([200]);
  const many = await says('x\n'.repeat(100_000));
  expect(many).toHaveLength(20);
});

test('gives what came when the rest does not', async () => {
  const lines = await read((_request, response) => void response.write('first\nsecond\n'));
  expect(lines).toEqual(['first', 'second']);
});

test('gives nothing where there is no log or no answer', async () => {
  const refused = await read((_request, response) => response.writeHead(400).end('{"reason":"BadRequest"}'));
  expect(refused).toEqual([]);
  expect(await read((_request, response) => response.destroy())).toEqual([]);
});
