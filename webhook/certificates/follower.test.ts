import { beforeEach, describe, expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { controllerSecret, ownSecret } from '#test/support/certificate-replica.ts';
import {
  makeMemoryConfiguration,
  makeMemoryEvents,
  makeMemorySecrets,
  type MemoryConfiguration,
  type MemoryEvents,
  type MemorySecrets,
} from '#test/support/certificate-stores.ts';
import { sample } from '#test/support/webhook-server.ts';
import { makeCertificateFollower } from './follower.ts';
import { issueAuthority, issueLeaf } from './issue.ts';
import type { CertificateKeeper } from './keeper.ts';
import type { Authority, ServingCertificate } from './material.ts';

const start = Date.UTC(2026, 0, 1);
let now: number;
let secrets: MemorySecrets;
let configuration: MemoryConfiguration;
let events: MemoryEvents;
let metrics: Metrics;
let served: ServingCertificate[];
let follower: CertificateKeeper;

beforeEach(() => {
  now = start;
  secrets = makeMemorySecrets();
  configuration = makeMemoryConfiguration(1);
  events = makeMemoryEvents();
  metrics = makeMetrics('webhook');
  served = [];
  follower = makeCertificateFollower({
    store: secrets,
    configuration,
    events,
    own: ownSecret,
    controller: controllerSecret,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    log: makeLogger('webhook', 'silent'),
    metrics,
    serve: (certificate) => void served.push(certificate),
  });
});

/** As cert-manager does: the leaf, its key and the authority that issued it. */
async function issueBoth(authority: Authority): Promise<void> {
  for (const { secret, dnsNames } of [ownSecret, controllerSecret]) {
    const { cert, key } = await issueLeaf(authority, dnsNames, now);
    secrets.overwrite(secret, { 'ca.crt': authority.cert, 'tls.crt': cert, 'tls.key': key });
  }
}

describe('with cert-manager', () => {
  test('the webhook serves what is issued, is ready once the caBundle was injected, and writes nothing', async () => {
    const authority = await issueAuthority(now);
    await issueBoth(authority);
    await follower.check();
    expect(served.map(({ cert }) => cert)).toEqual([secrets.get('webhook-tls')['tls.crt']]);
    expect(follower.notReady()).toContain('does not chain');
    configuration.bundles = [authority.cert];
    await follower.check();
    expect([follower.notReady(), follower.authorities()]).toEqual([undefined, authority.cert]);
    expect([secrets.writes(), configuration.bundles, served.length]).toEqual([0, [authority.cert], 1]);
    expect(
      await sample(metrics, 'autopilot_certificate_expiry_timestamp_seconds{certificate="webhook"}'),
    ).toBeGreaterThan(now / 1000);
  });

  test('it waits for the Secrets, and says what for', async () => {
    await expect(follower.check()).rejects.toMatchObject({ code: 'AP_CERTIFICATE_INVALID' });
    expect([follower.notReady(), follower.authorities()]).toEqual(['no certificate from cert-manager yet', undefined]);
    secrets.delete(ownSecret.secret);
    await expect(follower.check()).rejects.toThrow('Secret webhook-tls of cert-manager: absent');
  });

  test('a Secret that is not there half a minute later is told of, in the metric and in an Event', async () => {
    const authority = await issueAuthority(now);
    await issueBoth(authority);
    secrets.delete(ownSecret.secret);
    for (const seconds of [0, 29, 30, 31]) {
      now = start + seconds * 1000;
      await expect(follower.check()).rejects.toMatchObject({ code: 'AP_CERTIFICATE_INVALID' });
      expect(await sample(metrics, 'autopilot_certificate_secrets_missing{certificate="webhook"}')).toBe(1);
      expect(events.told).toHaveLength(seconds < 30 ? 0 : 1);
    }
    expect(events.told[0]).toContain('Secret webhook-tls is gone. It is made when cert-manager');
    await issueBoth(authority);
    await follower.check();
    expect(await sample(metrics, 'autopilot_certificate_secrets_missing{certificate="webhook"}')).toBe(0);
  });

  test('a renewed leaf is served at once', async () => {
    const authority = await issueAuthority(now);
    await issueBoth(authority);
    configuration.bundles = [authority.cert];
    await follower.check();
    await issueBoth(authority);
    await follower.check();
    expect([served.length, follower.notReady()]).toEqual([2, undefined]);
  });

  test('a leaf of a new authority is served when the caBundle has it, and agents are given that of the controller', async () => {
    const [older, newer] = [await issueAuthority(now), await issueAuthority(now)];
    await issueBoth(older);
    configuration.bundles = [older.cert];
    await follower.check();
    await issueBoth(newer);
    await follower.check();
    expect([served.length, follower.notReady()]).toEqual([1, undefined]);
    configuration.bundles = [newer.cert];
    await follower.check();
    expect([served.length, follower.notReady(), follower.authorities()]).toEqual([2, undefined, newer.cert]);
  });

  test('a Secret that is spoilt or gone keeps the one in service', async () => {
    const authority = await issueAuthority(now);
    await issueBoth(authority);
    configuration.bundles = [authority.cert];
    await follower.check();
    for (const spoil of [() => secrets.overwrite(ownSecret.secret, {}), () => secrets.delete(ownSecret.secret)]) {
      spoil();
      await expect(follower.check()).rejects.toMatchObject({ code: 'AP_CERTIFICATE_INVALID' });
      expect([served.length, follower.notReady()]).toEqual([1, undefined]);
    }
  });
});
