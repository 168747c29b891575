import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { identityFor, listen, undo, undoAfterEach } from './loopback.ts';
import { programs, startDriver, type Driver } from './programs.ts';

undoAfterEach();

const built = programs();

/** Only root may lay a file of its own over /etc/resolv.conf, and listen on port 53. */
const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

/** Loopback addresses that nothing else is likely to use. */
const [silent, server] = ['127.77.53.1', '127.77.53.2'];

const name = 'controller.autopilot.svc';

/** Answers for one name with addresses of one kind; every other name does not exist. */
async function nameServer(known: string, kind: 1 | 28, address: Uint8Array, asked: string[]): Promise<void> {
  const socket: Socket = createSocket('udp4');
  socket.on('message', (question, { port, address: from }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('ascii', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const isA = question.readUInt16BE(at + 1) === 1;
    const isKnown = labels.join('.') === known;
    asked.push(`${isA ? 'A' : 'AAAA'} ${labels.join('.')}`);
    const hasAnswer = isKnown && isA === (kind === 1);
    const reply = Buffer.from(question);
    reply.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
    reply.writeUInt16BE(hasAnswer ? 1 : 0, 6);
    const record = Buffer.from([0xc0, 0x0c, 0, kind, 0, 1, 0, 0, 0, 5, 0, address.length, ...address]);
    // Nobody is to believe an answer to another question.
    const forged = Buffer.from(question);
    forged.writeUInt16BE(question.readUInt16BE(0) ^ 1, 0);
    forged.writeUInt16BE(0x8183, 2);
    socket.send(forged, port, from);
    socket.send(hasAnswer ? Buffer.concat([reply, record]) : reply, port, from);
  });
  socket.bind(53, server);
  await once(socket, 'listening');
  undo(() => socket.close());
}

async function driverWith(configuration: string): Promise<Driver> {
  const folder = await mkdtemp(join(tmpdir(), 'names-'));
  undo(() => rm(folder, { recursive: true }));
  const file = join(folder, 'resolv.conf');
  await writeFile(file, configuration);
  const script = 'mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && exec "$1"';
  const program = 'driver' in built ? built.driver : '';
  const driver = await startDriver('unshare', ['--mount', 'sh', '-c', script, file, program]);
  undo(() => driver.running.child.kill('SIGKILL'));
  return driver;
}

describe.skipIf('problem' in built || !mayMount)('the controller’s name', () => {
  test.each([
    ['an IPv4 address', 1, Uint8Array.of(127, 0, 0, 1)],
    ['an IPv6 address', 28, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1)],
  ] as const)('is found as a pod finds it, by %s', async (_what, kind, address) => {
    const asked: string[] = [];
    await nameServer(`${name}.cluster.local`, kind, address, asked);
    const identity = await identityFor(name);
    const port = await listen(https.createServer(identity, (_incoming, outgoing) => outgoing.end('{}')));
    const { host } = await driverWith(
      `search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver ${silent}\nnameserver ${server}\noptions ndots:5\n`,
    );
    const answer = await host.post({
      url: `https://${name}:${port}/v1/reports`,
      authorities: identity.authority,
      bearerToken: 't',
      body: '{}',
      timeoutMilliseconds: 10_000,
    });
    expect(answer).toMatchObject({ outcome: 'answer', body: '{}' });
    const searched = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
    const expected = searched.map((search) => `A ${name}.${search}`);
    expect(asked).toEqual(kind === 1 ? expected : [...expected, `AAAA ${name}.cluster.local`]);
  });

  test('that nobody knows, or that nobody answers for, is a failure in time', async () => {
    const asked: string[] = [];
    await nameServer('nothing', 1, new Uint8Array(4), asked);
    const { authority } = await identityFor(name);
    const post = {
      url: `https://${name}/v1/reports`,
      authorities: authority,
      bearerToken: 't',
      body: '{}',
      timeoutMilliseconds: 1_500,
    };
    const known = await driverWith(`nameserver ${server}\n`);
    expect(await known.host.post(post)).toEqual({ outcome: 'failed', message: 'no such name' });
    const away = await driverWith(`nameserver ${silent}\n`);
    expect(await away.host.post(post)).toMatchObject({ outcome: 'failed' });
  });
});
