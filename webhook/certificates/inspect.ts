import { createPrivateKey, X509Certificate } from 'node:crypto';
import { renewalRatio } from './lifetimes.ts';

/** What is wrong with a certificate. Only `due` leaves it usable for now. */
export const certificateFaults = [
  'absent',
  'malformed',
  'key-mismatch',
  'not-an-authority',
  'wrong-names',
  'untrusted',
  'not-valid-now',
  'due',
] as const;
export type CertificateFault = (typeof certificateFaults)[number];

const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM bundle in their order; what can't be read is left out. */
export function readBundle(pem: string): readonly X509Certificate[] {
  return (pem.match(pemBlock) ?? []).flatMap((block) => readCertificate(block) ?? []);
}

/** The first certificate in the text, or undefined. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Judges an authority that is to sign: its certificate is the first of `bundle`. */
export function inspectAuthority(bundle: string, key: string, now: number): CertificateFault | undefined {
  if (bundle === '' || key === '') return 'absent';
  const certificate = readCertificate(bundle);
  if (certificate === undefined) return 'malformed';
  if (!certificate.ca) return 'not-an-authority';
  return inspectPair(certificate, key, now);
}

/** Judges a server certificate against the authorities that its callers trust and the names that they use. */
export function inspectLeaf(
  leaf: { readonly cert: string; readonly key: string },
  bundle: string,
  dnsNames: readonly string[],
  now: number,
): CertificateFault | undefined {
  if (leaf.cert === '' || leaf.key === '') return 'absent';
  const certificate = readCertificate(leaf.cert);
  if (certificate === undefined) return 'malformed';
  const fault = inspectPair(certificate, leaf.key, now);
  if (fault !== undefined && fault !== 'due') return fault;
  if (dnsNames.some((name) => certificate.checkHost(name) === undefined)) return 'wrong-names';
  if (!chainsTo(certificate, bundle, now)) return 'untrusted';
  return fault;
}

/** Whether an authority of the bundle that is valid now signed the certificate. */
export function chainsTo(certificate: X509Certificate, bundle: string, now: number): boolean {
  return readBundle(bundle).some(
    (authority) =>
      authority.ca &&
      isValidAt(authority, now) &&
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey),
  );
}

/** Most authorities in a bundle: it is in the environment of every agent. */
const maximumAuthorities = 4;

/** The bundle without what is expired, unreadable or doubled, the first certificate first. */
export function tidyBundle(pem: string, now: number, most: number = maximumAuthorities): string {
  const authorities = readBundle(pem).filter((certificate) => certificate.ca && isValidAt(certificate, now));
  return [...new Set(authorities.map((certificate) => certificate.toString()))].slice(0, most).join('');
}

function inspectPair(certificate: X509Certificate, key: string, now: number): CertificateFault | undefined {
  try {
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return 'key-mismatch';
  } catch {
    return 'malformed';
  }
  if (!isValidAt(certificate, now)) return 'not-valid-now';
  const start = certificate.validFromDate.getTime();
  const life = certificate.validToDate.getTime() - start;
  return now >= start + life * renewalRatio ? 'due' : undefined;
}

function isValidAt(certificate: X509Certificate, now: number): boolean {
  return now >= certificate.validFromDate.getTime() && now < certificate.validToDate.getTime();
}
