import { beforeEach, describe, expect, test } from 'vitest';
import {
  makeCertificateWorld,
  makeReplica,
  ownSecret,
  type CertificateWorld,
  type Replica,
} from '#test/support/certificate-replica.ts';
import { issueAuthority, issueLeaf } from '../certificates/issue.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

let world: CertificateWorld;
beforeEach(() => {
  world = makeCertificateWorld(start);
});

/** Rounds come each 8 s, and each second while not ready: two of them are well below a minute. */
async function twoRounds(replica: Replica): Promise<void> {
  await replica.check();
  world.now += 8_000;
  await replica.check();
}

describe('fault 28: a Secret that is', () => {
  const damages: readonly [string, () => Promise<Record<string, string>>][] = [
    ['garbage', () => Promise.resolve({ 'ca.crt': 'x', 'ca.key': 'x', 'tls.crt': 'x', 'tls.key': 'x' })],
    ['emptied', () => Promise.resolve({ 'ca.crt': '', 'ca.key': '', 'tls.crt': '', 'tls.key': '' })],
    ['of another authority than its own key', async () => ({ 'ca.key': (await issueAuthority(world.now)).key })],
    [
      'a leaf of another authority',
      async () => {
        const leaf = await issueLeaf(await issueAuthority(world.now), [...ownSecret.dnsNames], world.now);
        return { 'tls.crt': leaf.cert, 'tls.key': leaf.key };
      },
    ],
    [
      'expired',
      async () => {
        const authority = await issueAuthority(world.now - 400 * day);
        const leaf = await issueLeaf(authority, [...ownSecret.dnsNames], world.now - 400 * day);
        return { 'ca.crt': authority.cert, 'ca.key': authority.key, 'tls.crt': leaf.cert, 'tls.key': leaf.key };
      },
    ],
  ];

  test.each(damages)('%s is healed by a replica that runs, and by one that starts', async (_damage, damaged) => {
    const running = makeReplica(world);
    await running.check();
    world.secrets.overwrite('webhook-tls', await damaged());
    await twoRounds(running);
    const starting = makeReplica(world);
    await twoRounds(starting);
    await twoRounds(running);
    for (const replica of [running, starting]) {
      expect([replica.notReady(), replica.isCallable()]).toEqual([undefined, true]);
    }
  });

  test.each(damages)('%s before any replica ran is healed at the start', async (_damage, damaged) => {
    world.secrets.overwrite('webhook-tls', await damaged());
    const starting = makeReplica(world);
    await twoRounds(starting);
    expect([starting.notReady(), starting.isCallable()]).toEqual([undefined, true]);
  });
});

test.each([
  ['ahead', hour],
  ['back', -hour],
])('fault 29: a clock that jumps an hour %s still renews, and calls get through all the while', async (_way, jump) => {
  const replica = makeReplica(world);
  await replica.check();
  const first = replica.served.at(-1)?.cert;
  for (const at of [10 * day, 20 * day, 21 * day]) {
    world.now = start + at + (at === 10 * day ? 0 : jump);
    await twoRounds(replica);
    expect([replica.notReady(), replica.isCallable()]).toEqual([undefined, true]);
  }
  expect(replica.served.at(-1)?.cert).not.toBe(first);
});
