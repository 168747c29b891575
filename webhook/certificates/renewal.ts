import { inspectAuthority, inspectLeaf, type CertificateFault } from './inspect.ts';
import { secretKeys } from './material.ts';

/** Decoded content of a Secret. */
export type SecretData = Readonly<Record<string, string>>;

/** What must be issued anew and why; both undefined when all is well. */
export interface Renewal {
  readonly authority: CertificateFault | undefined;
  readonly leaf: CertificateFault | undefined;
}

/**
 * Decides about the webhook's own Secret. A new authority alone never replaces a good leaf: the old one still vouches
 * for it, and the leaf follows once every caller has seen the new authority (`settled`).
 */
export function decideRenewal(data: SecretData, dnsNames: readonly string[], settled: boolean, now: number): Renewal {
  const bundle = text(data, secretKeys.authorities);
  const authority = inspectAuthority(bundle, text(data, secretKeys.authorityKey), now);
  return { authority, leaf: decideLeaf(data, bundle, dnsNames, settled && authority === undefined, now) };
}

/** Decides about a leaf under a given bundle, whose first certificate is the one that would sign. */
export function decideLeaf(
  data: SecretData,
  bundle: string,
  dnsNames: readonly string[],
  settled: boolean,
  now: number,
): CertificateFault | undefined {
  const leaf = { cert: text(data, secretKeys.cert), key: text(data, secretKeys.key) };
  const fault = inspectLeaf(leaf, bundle, dnsNames, now);
  return fault === 'due' && !settled ? undefined : fault;
}

export function text(data: SecretData, key: string): string {
  return data[key] ?? '';
}
