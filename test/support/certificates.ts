import forge from 'node-forge';

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for `localhost` or for an IP address, valid until `notAfter`. */
export function selfSigned(commonName: string, notAfter: Date, address?: string): TestCertificate {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(0);
  certificate.validity.notAfter = notAfter;
  const name = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  // By RFC 5280 a DNS name has the tag 2, an address 7.
  const altName = address === undefined ? { type: 2, value: 'localhost' } : { type: 7, ip: address };
  certificate.setExtensions([{ name: 'subjectAltName', altNames: [altName] }]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(keys.privateKey) };
}
