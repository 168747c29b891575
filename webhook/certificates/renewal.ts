import { inspectAuthority, inspectLeaf, isSettled, readCertificate, type CertificateFault } from './inspect.ts';
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
 * for it, and the leaf follows once every caller has seen the new authority.
 */
export function decideRenewal(data: SecretData, dnsNames: readonly string[], now: number): Renewal {
  const authority = inspectAuthority(text(data, secretKeys.authorities), text(data, secretKeys.authorityKey), now);
  return { authority, leaf: decideLeaf(data, text(data, secretKeys.authorities), dnsNames, authority, now) };
}

/** Decides about a leaf under a given bundle, whose first certificate is the one that would sign. */
export function decideLeaf(
  data: SecretData,
  bundle: string,
  dnsNames: readonly string[],
  authorityFault: CertificateFault | undefined,
  now: number,
): CertificateFault | undefined {
  const leaf = { cert: text(data, secretKeys.cert), key: text(data, secretKeys.key) };
  const fault = inspectLeaf(leaf, bundle, dnsNames, now);
  if (fault !== 'due') return fault;
  const signer = readCertificate(bundle);
  return authorityFault === undefined && signer !== undefined && isSettled(signer, now) ? fault : undefined;
}

export function text(data: SecretData, key: string): string {
  return data[key] ?? '';
}
