import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { Logger } from '#runtime/logger.ts';
import type { keptCertificates } from '#runtime/metric-table.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { readCertificate, tidyBundle, type CertificateFault } from './inspect.ts';
import { issueAuthority, issueLeaf } from './issue.ts';
import { secretKeys, type ServingCertificate } from './material.ts';
import { decideLeaf, decideRenewal, text, type SecretData } from './renewal.ts';
import type { SecretStore } from './stores.ts';

type CertificateName = (typeof keptCertificates)[number];

/** A Secret and the names that its certificate is for. */
export interface KeptSecret {
  readonly secret: string;
  readonly dnsNames: readonly string[];
}

/** What the webhook serves with, and what its callers must trust. */
export interface KeptMaterial {
  readonly leaf: ServingCertificate;
  /** PEM bundle of the authorities, the signing one first. */
  readonly bundle: string;
  readonly authorityKey: string;
}

export interface SecretParts {
  readonly store: SecretStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Whether the authority that a bundle begins with has been in every caBundle for long enough to sign what replaces a good leaf. */
export type Settled = (bundle: string) => boolean;

/** A lost race means that another replica just wrote; more than a few in a row mean something else. */
const maximumTries = 3;

/** What a Secret lacks: the keys to set, and which certificates were issued for that and why. */
interface Change {
  readonly data: SecretData;
  readonly issued: readonly { readonly certificate: CertificateName; readonly fault: CertificateFault }[];
}

/**
 * Brings the webhook's own Secret in order and returns what it then holds: ours, or a faster replica's. A Secret that
 * was emptied or spoilt gets back what is `remembered`: agents that run already trust no other authority.
 */
export async function keepOwnSecret(
  parts: SecretParts,
  kept: KeptSecret,
  remembered: KeptMaterial | undefined,
  settled: Settled,
): Promise<KeptMaterial | 'absent'> {
  const data = await keep(parts, kept.secret, (current, now) => {
    const restored = remembered === undefined ? current : restore(current, remembered, kept.dnsNames, now);
    return ownChange(current, restored, kept.dnsNames, settled, now);
  });
  if (data === 'absent') return data;
  const material = {
    leaf: { cert: text(data, secretKeys.cert), key: text(data, secretKeys.key) },
    bundle: text(data, secretKeys.authorities),
    authorityKey: text(data, secretKeys.authorityKey),
  };
  recordExpiry(parts.metrics, 'authority', material.bundle);
  recordExpiry(parts.metrics, 'webhook', material.leaf.cert);
  return material;
}

/** Brings the controller's Secret in order: a leaf of the same authority, and the bundle, but never the key that signs. */
export async function keepControllerSecret(
  parts: SecretParts,
  kept: KeptSecret,
  own: KeptMaterial,
  settled: Settled,
): Promise<'kept' | 'absent'> {
  const data = await keep(parts, kept.secret, (current, now) =>
    controllerChange(current, kept.dnsNames, own, settled, now),
  );
  if (data === 'absent') return data;
  recordExpiry(parts.metrics, 'controller', text(data, secretKeys.cert));
  return 'kept';
}

function restore(current: SecretData, remembered: KeptMaterial, dnsNames: readonly string[], now: number): SecretData {
  const before: SecretData = {
    [secretKeys.authorities]: remembered.bundle,
    [secretKeys.authorityKey]: remembered.authorityKey,
    ...leafData(remembered.leaf),
  };
  const isSpoilt = (data: SecretData): boolean => {
    const fault = decideRenewal(data, dnsNames, false, now).authority;
    return fault !== undefined && fault !== 'due';
  };
  return isSpoilt(current) && !isSpoilt(before) ? { ...current, ...before } : current;
}

/** What must be written to `stored` so that it holds what `wanted` does, and all of it is good. */
async function ownChange(
  stored: SecretData,
  wanted: SecretData,
  dnsNames: readonly string[],
  settled: Settled,
  now: number,
): Promise<Change> {
  const isSettled = settled(text(wanted, secretKeys.authorities));
  const { authority, leaf } = decideRenewal(wanted, dnsNames, isSettled, now);
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(wanted)) {
    if (text(stored, key) !== value) data[key] = value;
  }
  const issued: Change['issued'][number][] = [];
  let bundle = tidyBundle(text(wanted, secretKeys.authorities), now);
  let authorityKey = text(wanted, secretKeys.authorityKey);
  if (authority !== undefined) {
    const fresh = await issueAuthority(now);
    bundle = tidyBundle(fresh.cert + bundle, now);
    authorityKey = fresh.key;
    data[secretKeys.authorityKey] = authorityKey;
    issued.push({ certificate: 'authority', fault: authority });
  }
  if (bundle !== text(stored, secretKeys.authorities)) data[secretKeys.authorities] = bundle;
  if (leaf !== undefined) {
    Object.assign(data, leafData(await issueLeaf({ cert: bundle, key: authorityKey }, dnsNames, now)));
    issued.push({ certificate: 'webhook', fault: leaf });
  }
  return { data, issued };
}

async function controllerChange(
  current: SecretData,
  dnsNames: readonly string[],
  own: KeptMaterial,
  settled: Settled,
  now: number,
): Promise<Change> {
  const data: Record<string, string> = {};
  if (text(current, secretKeys.authorities) !== own.bundle) data[secretKeys.authorities] = own.bundle;
  const fault = decideLeaf(current, own.bundle, dnsNames, settled(own.bundle), now);
  if (fault === undefined) return { data, issued: [] };
  Object.assign(data, leafData(await issueLeaf({ cert: own.bundle, key: own.authorityKey }, dnsNames, now)));
  return { data, issued: [{ certificate: 'controller', fault }] };
}

/** Reads, changes and writes a Secret; on a conflict begins again from what the other writer left. */
async function keep(
  parts: SecretParts,
  name: string,
  decide: (current: SecretData, now: number) => Promise<Change>,
): Promise<SecretData | 'absent'> {
  for (let tries = 0; tries < maximumTries; tries += 1) {
    const stored = await parts.store.read(name);
    if (stored === 'absent') return stored;
    const change = await decide(stored.data, parts.clock.now());
    if (Object.keys(change.data).length === 0) return stored.data;
    if ((await parts.store.write(name, stored.resourceVersion, change.data)) === 'written') {
      parts.log.info({ secret: name, keys: Object.keys(change.data) }, 'Secret written');
      for (const { certificate, fault } of change.issued) {
        parts.log.info({ certificate, secret: name, fault }, 'certificate issued');
        parts.metrics.increment('autopilot_certificate_renewals_total', { certificate });
      }
      return { ...stored.data, ...change.data };
    }
    parts.log.info({ secret: name }, 'another replica was faster');
  }
  throw new AutopilotError('AP_KUBERNETES_REQUEST', `Secret ${name} changed ${maximumTries} times while being written`);
}

function leafData(leaf: ServingCertificate): SecretData {
  return { [secretKeys.cert]: leaf.cert, [secretKeys.key]: leaf.key };
}

function recordExpiry(metrics: Metrics, certificate: CertificateName, pem: string): void {
  const expiry = readCertificate(pem)?.validToDate.getTime() ?? 0;
  metrics.set('autopilot_certificate_expiry_timestamp_seconds', { certificate }, expiry / 1000);
}
