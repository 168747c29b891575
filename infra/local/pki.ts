import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { NodeIdentity } from './identity.ts';

interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
}

interface Issued {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const generate = promisify(generateKeyPair);
/** A local cluster is thrown away long before. */
const validDays = 365;

/**
 * Writes what the control plane and the node authenticate with: `ca.crt`, `api.crt`/`.key`, `kubelet.crt`/`.key`,
 * `service-accounts.key`, and one kubeconfig for each component. Only root can read the folder.
 *
 * @returns the kubeconfig of the cluster's administrator.
 */
export async function writePki(identity: NodeIdentity, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const ca = await makeAuthority(`${identity.name} local cluster`);
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text, { mode: 0o600 });
  const issue = (subject: Subject): Promise<Issued> => makeLeaf(ca, subject);
  const kubeconfig = async (file: string, subject: Subject): Promise<string> => {
    const text = renderKubeconfig(identity, ca.certificatePem, await issue(subject));
    await write(file, text);
    return text;
  };
  const server = async (name: string, subject: Subject): Promise<void> => {
    const issued = await issue(subject);
    await Promise.all([write(`${name}.crt`, issued.certificatePem), write(`${name}.key`, issued.keyPem)]);
  };

  await write('ca.crt', ca.certificatePem);
  await write('ca.key', ca.keyPem);
  await write('service-accounts.key', await makeKeyPem());
  const service = 'kubernetes.default.svc.cluster.local';
  const [administrator] = await Promise.all([
    kubeconfig('admin.kubeconfig', { commonName: 'local-administrator', organization: 'system:masters' }),
    kubeconfig('kubelet.kubeconfig', { commonName: `system:node:${identity.name}`, organization: 'system:nodes' }),
    kubeconfig('kube-controller-manager.kubeconfig', { commonName: 'system:kube-controller-manager' }),
    kubeconfig('kube-scheduler.kubeconfig', { commonName: 'system:kube-scheduler' }),
    kubeconfig('kube-proxy.kubeconfig', { commonName: 'system:kube-proxy' }),
    server('api', {
      commonName: 'kube-apiserver',
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', service],
      addresses: ['127.0.0.1', identity.nodeAddress, identity.apiServiceAddress],
    }),
    server('api-to-kubelet', { commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' }),
    server('kubelet', {
      commonName: `system:node:${identity.name}`,
      organization: 'system:nodes',
      dnsNames: [identity.name],
      addresses: [identity.nodeAddress, '127.0.0.1'],
    }),
  ]);
  return administrator;
}

async function makeKeyPem(): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

async function makeAuthority(commonName: string): Promise<Issued> {
  const keyPem = await makeKeyPem();
  const certificate = blankCertificate({ commonName }, keyPem);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(keyPem), forge.md.sha256.create());
  return { certificatePem: forge.pki.certificateToPem(certificate), keyPem };
}

async function makeLeaf(authority: Issued, subject: Subject): Promise<Issued> {
  const keyPem = await makeKeyPem();
  const certificate = blankCertificate(subject, keyPem);
  certificate.setIssuer(forge.pki.certificateFromPem(authority.certificatePem).subject.attributes);
  const names = [
    ...(subject.dnsNames ?? []).map((value) => ({ type: 2, value })),
    ...(subject.addresses ?? []).map((ip) => ({ type: 7, ip })),
  ];
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    ...(names.length > 0 ? [{ name: 'subjectAltName', altNames: names }] : []),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(authority.keyPem), forge.md.sha256.create());
  return { certificatePem: forge.pki.certificateToPem(certificate), keyPem };
}

function blankCertificate(subject: Subject, keyPem: string): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  const key = forge.pki.privateKeyFromPem(keyPem);
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = `00${randomBytes(16).toString('hex')}`;
  const now = Date.now();
  certificate.validity.notBefore = new Date(now - 3_600_000);
  certificate.validity.notAfter = new Date(now + validDays * 86_400_000);
  certificate.setSubject([
    { name: 'commonName', value: subject.commonName },
    ...(subject.organization === undefined ? [] : [{ name: 'organizationName', value: subject.organization }]),
  ]);
  return certificate;
}

function renderKubeconfig(identity: NodeIdentity, caPem: string, issued: Issued): string {
  const name = identity.name;
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [{ name, cluster: { server: identity.apiUrl, 'certificate-authority-data': base64(caPem) } }],
      users: [
        {
          name,
          user: {
            'client-certificate-data': base64(issued.certificatePem),
            'client-key-data': base64(issued.keyPem),
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user: name } }],
    },
    undefined,
    2,
  )}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
