import { beforeEach, describe, expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import {
  makeCertificateWorld,
  controllerSecret,
  makeReplica,
  type CertificateWorld,
} from '#test/support/certificate-replica.ts';
import { inspectLeaf, readBundle } from './inspect.ts';
import { issueAuthority } from './issue.ts';
import { keepCertificates, type CertificateKeeper } from './keeper.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

let world: CertificateWorld;
beforeEach(() => {
  world = makeCertificateWorld(start);
});

describe('the keeper of certificates', () => {
  test('fills empty Secrets and every webhook entry, and is ready only then', async () => {
    const replica = makeReplica(world);
    expect(replica.notReady()).toBe('no certificate yet');
    await replica.check();
    expect(replica.notReady()).toBeUndefined();
    const bundle = world.secrets.get('webhook-tls')['ca.crt'] ?? '';
    expect(world.configuration.bundles).toEqual([bundle, bundle]);
    expect(replica.authorities()).toBe(bundle);
    expect(replica.served).toHaveLength(1);
    const { 'tls.crt': cert = '', 'tls.key': key = '' } = world.secrets.get('controller-tls');
    expect(inspectLeaf({ cert, key }, bundle, controllerSecret.dnsNames, world.now)).toBeUndefined();
    expect(world.secrets.get('controller-tls')).not.toHaveProperty('ca.key');
  });

  test('changes nothing when all is well', async () => {
    const replica = makeReplica(world);
    await replica.check();
    const writes = world.secrets.writes();
    await replica.check();
    expect([world.secrets.writes(), replica.served.length]).toEqual([writes, 1]);
  });

  test('lets two replicas that start together agree on one authority', async () => {
    const [first, second] = [makeReplica(world), makeReplica(world)];
    await Promise.all([first.check(), second.check()]);
    expect(first.authorities()).toBe(second.authorities());
    expect(first.served.at(-1)).toEqual(second.served.at(-1));
    expect([first.notReady(), second.notReady()]).toEqual([undefined, undefined]);
  });

  test('repairs a caBundle that drifted', async () => {
    const replica = makeReplica(world);
    await replica.check();
    const good = world.configuration.bundles;
    world.configuration.bundles = [good[0] ?? '', ''];
    await replica.check();
    expect(world.configuration.bundles).toEqual(good);
  });

  test('is not ready while an entry of the API trusts another authority', async () => {
    const replica = makeReplica(world);
    await replica.check();
    const foreign = (await issueAuthority(world.now)).cert;
    world.configuration.write = () => Promise.resolve('conflict');
    world.configuration.bundles = [world.configuration.bundles[0] ?? '', foreign];
    await replica.check();
    expect(replica.notReady()).toContain('does not chain');
  });

  test.each([
    ['emptied', {}],
    ['spoilt', { 'ca.crt': 'garbage', 'ca.key': 'garbage', 'tls.crt': 'garbage', 'tls.key': 'garbage' }],
  ])('gives a Secret that was %s back what it remembers, since agents trust that', async (_what, data) => {
    const replica = makeReplica(world);
    await replica.check();
    const before = world.secrets.get('webhook-tls');
    world.secrets.overwrite('webhook-tls', data);
    await replica.check();
    expect(world.secrets.get('webhook-tls')).toEqual(before);
    expect(replica.served).toHaveLength(1);
  });

  test('heals spoilt Secrets with a new authority when it remembers none', async () => {
    world.secrets.overwrite('webhook-tls', { 'ca.crt': 'garbage', 'ca.key': 'garbage' });
    world.secrets.overwrite('controller-tls', { 'tls.crt': 'garbage', 'tls.key': 'garbage' });
    const replica = makeReplica(world);
    await replica.check();
    expect(replica.notReady()).toBeUndefined();
  });

  test('renews a leaf at two thirds of its life under the same authority and swaps it', async () => {
    const replica = makeReplica(world);
    await replica.check();
    const authorities = replica.authorities();
    world.now = start + 20 * day;
    await replica.check();
    expect(replica.authorities()).toBe(authorities);
    expect(replica.served).toHaveLength(2);
    expect(replica.notReady()).toBeUndefined();
  });

  test('hands a new authority out before it signs, and keeps the old one while it is valid', async () => {
    const replica = makeReplica(world);
    await replica.check();
    world.now = start + 230 * day;
    await replica.check();
    const [oldAuthority] = readBundle(replica.authorities() ?? '');
    const leafBefore = replica.served.at(-1);
    world.now = start + 250 * day;
    await replica.check();
    const bundle = readBundle(replica.authorities() ?? '');
    expect(bundle).toHaveLength(2);
    expect(bundle[1]?.fingerprint256).toBe(oldAuthority?.fingerprint256);
    expect(replica.served.at(-1)).toEqual(leafBefore);
    expect(replica.notReady()).toBeUndefined();
    world.now += 180_000;
    await replica.check();
    expect(replica.served.at(-1)).not.toEqual(leafBefore);
    expect(replica.notReady()).toBeUndefined();
    world.now = start + 366 * day;
    await replica.check();
    expect(readBundle(replica.authorities() ?? '')).toHaveLength(1);
  });

  test('heals what a clock that jumped an hour ahead has left behind', async () => {
    world.now = start + 3_600_000;
    await makeReplica(world).check();
    world.now = start;
    const replica = makeReplica(world);
    await replica.check();
    expect(replica.notReady()).toBeUndefined();
  });
});

test('a round that fails is counted, and the next one comes', async () => {
  const metrics = makeMetrics('webhook');
  const abort = new AbortController();
  let rounds = 0;
  const keeper: CertificateKeeper = {
    check: () => {
      rounds += 1;
      return rounds === 1 ? Promise.reject(new TypeError('no API')) : Promise.resolve(abort.abort());
    },
    notReady: () => undefined,
    authorities: () => undefined,
  };
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  await keepCertificates(keeper, { clock, log: makeLogger('webhook', 'silent'), metrics }, abort.signal, () => 0.5);
  expect(rounds).toBe(2);
  expect(await metrics.registry.metrics()).toContain('autopilot_certificate_check_failures_total 1');
});
