import { beforeEach, describe, expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import {
  makeMemoryConfiguration,
  makeMemorySecrets,
  type MemoryConfiguration,
  type MemorySecrets,
} from '#test/support/certificate-stores.ts';
import { chainsTo, readCertificate } from '../certificates/inspect.ts';
import { issueAuthority, issueLeaf } from '../certificates/issue.ts';
import { makeCertificateKeeper, type CertificateKeeper } from '../certificates/keeper.ts';
import { serviceNames, type ServingCertificate } from '../certificates/material.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);
const own = { secret: 'webhook-tls', dnsNames: serviceNames('webhook', 'autopilot') };
const controller = { secret: 'controller-tls', dnsNames: serviceNames('controller', 'autopilot') };

let now = start;
let secrets: MemorySecrets;
let configuration: MemoryConfiguration;

interface Replica extends CertificateKeeper {
  readonly served: ServingCertificate[];
}

function makeReplica(): Replica {
  const served: ServingCertificate[] = [];
  const keeper = makeCertificateKeeper({
    store: secrets,
    configuration,
    own,
    controller,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    log: makeLogger('webhook', 'silent'),
    metrics: makeMetrics('webhook'),
    serve: (certificate) => void served.push(certificate),
  });
  return { ...keeper, served };
}

/** What the API server would find at its next connection. */
function isCallable({ served }: Replica): boolean {
  const certificate = readCertificate(served.at(-1)?.cert ?? '');
  return (
    certificate !== undefined &&
    now < certificate.validToDate.getTime() &&
    configuration.bundles.every((bundle) => chainsTo(certificate, bundle, now))
  );
}

beforeEach(() => {
  now = start;
  secrets = makeMemorySecrets();
  configuration = makeMemoryConfiguration(1);
});

/** Rounds come each 8 s, and each second while not ready: two of them are well below a minute. */
async function twoRounds(replica: Replica): Promise<void> {
  await replica.check();
  now += 8_000;
  await replica.check();
}

describe('fault 28: a Secret that is', () => {
  const damages: readonly [string, () => Promise<Record<string, string>>][] = [
    ['garbage', () => Promise.resolve({ 'ca.crt': 'x', 'ca.key': 'x', 'tls.crt': 'x', 'tls.key': 'x' })],
    ['emptied', () => Promise.resolve({ 'ca.crt': '', 'ca.key': '', 'tls.crt': '', 'tls.key': '' })],
    ['of another authority than its own key', async () => ({ 'ca.key': (await issueAuthority(now)).key })],
    [
      'a leaf of another authority',
      async () => {
        const leaf = await issueLeaf(await issueAuthority(now), [...own.dnsNames], now);
        return { 'tls.crt': leaf.cert, 'tls.key': leaf.key };
      },
    ],
    [
      'expired',
      async () => {
        const authority = await issueAuthority(now - 400 * day);
        const leaf = await issueLeaf(authority, [...own.dnsNames], now - 400 * day);
        return { 'ca.crt': authority.cert, 'ca.key': authority.key, 'tls.crt': leaf.cert, 'tls.key': leaf.key };
      },
    ],
  ];

  test.each(damages)('%s is healed by a replica that runs, and by one that starts', async (_damage, damaged) => {
    const running = makeReplica();
    await running.check();
    secrets.overwrite('webhook-tls', await damaged());
    await twoRounds(running);
    const starting = makeReplica();
    await twoRounds(starting);
    await twoRounds(running);
    for (const replica of [running, starting]) {
      expect([replica.notReady(), isCallable(replica)]).toEqual([undefined, true]);
    }
  });

  test.each(damages)('%s before any replica ran is healed at the start', async (_damage, damaged) => {
    secrets.overwrite('webhook-tls', await damaged());
    const starting = makeReplica();
    await twoRounds(starting);
    expect([starting.notReady(), isCallable(starting)]).toEqual([undefined, true]);
  });
});

test.each([
  ['ahead', hour],
  ['back', -hour],
])('fault 29: a clock that jumps an hour %s still renews, and calls get through all the while', async (_way, jump) => {
  const replica = makeReplica();
  await replica.check();
  const first = replica.served.at(-1)?.cert;
  for (const at of [10 * day, 20 * day, 21 * day]) {
    now = start + at + (at === 10 * day ? 0 : jump);
    await twoRounds(replica);
    expect([replica.notReady(), isCallable(replica)]).toEqual([undefined, true]);
  }
  expect(replica.served.at(-1)?.cert).not.toBe(first);
});
