import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { authorityLifeMilliseconds, backdateMilliseconds, leafLifeMilliseconds } from './lifetimes.ts';
import type { Authority, ServingCertificate } from './material.ts';

const keyBits = 2048;

/** Makes a new self-signed authority. Its name carries its serial number: two in one bundle must not be mixed up. */
export async function issueAuthority(now: number): Promise<Authority> {
  const keys = await makeKeys();
  const certificate = blank(keys.publicKey, now, authorityLifeMilliseconds);
  const name = [{ name: 'commonName', value: `infra-autopilot CA ${certificate.serialNumber.slice(0, 16)}` }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return sign(certificate, keys.privateKeyPem, keys.privateKeyPem);
}

/** Makes a server certificate for the names, signed by the authority and never outliving it. */
export async function issueLeaf(
  authority: Authority,
  dnsNames: readonly string[],
  now: number,
): Promise<ServingCertificate> {
  const keys = await makeKeys();
  const issuer = forge.pki.certificateFromPem(authority.cert);
  const certificate = blank(keys.publicKey, now, leafLifeMilliseconds);
  if (certificate.validity.notAfter > issuer.validity.notAfter) {
    certificate.validity.notAfter = issuer.validity.notAfter;
  }
  certificate.setSubject([{ name: 'commonName', value: 'infra-autopilot' }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: dnsNames.map((value) => ({ type: dnsNameType, value })) },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ]);
  return sign(certificate, authority.key, keys.privateKeyPem);
}

/** GeneralName tag of a DNS name. RFC 5280, 4.2.1.6. */
const dnsNameType = 2;

/** OpenSSL makes the keys: node-forge's own generator blocks the event loop for seconds. */
async function makeKeys(): Promise<{ readonly publicKey: forge.pki.PublicKey; readonly privateKeyPem: string }> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: keyBits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicKey: forge.pki.publicKeyFromPem(pair.publicKey), privateKeyPem: pair.privateKey };
}

function blank(publicKey: forge.pki.PublicKey, now: number, lifeMilliseconds: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = serialNumber();
  certificate.validity.notBefore = new Date(now - backdateMilliseconds);
  certificate.validity.notAfter = new Date(now - backdateMilliseconds + lifeMilliseconds);
  return certificate;
}

/** 128 random bits; the leading byte keeps the number positive and without a leading zero. RFC 5280, 4.1.2.2. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes.readUInt8(0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function sign(certificate: forge.pki.Certificate, signerKeyPem: string, ownKeyPem: string): ServingCertificate {
  certificate.sign(forge.pki.privateKeyFromPem(signerKeyPem), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), key: ownKeyPem };
}
