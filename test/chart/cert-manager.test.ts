import { beforeAll, describe, expect, test } from 'vitest';
import { serviceNames } from '../../webhook/certificates/material.ts';
import { environmentOf, find, release, render, type Manifest } from './render.ts';

/**
 * Its schemas come with it and not with Kubernetes: what is rendered for it is compared word by word with what its API
 * (cert-manager.io/v1) documents. `test/e2e/alone/cert-manager.long.ts` runs it.
 * @see https://cert-manager.io/docs/reference/api-docs/
 */
const group = 'cert-manager.io/v1';
const webhook = `${release.name}-webhook`;
let manifests: readonly Manifest[];
let builtin: readonly Manifest[];

beforeAll(async () => {
  builtin = await render();
  manifests = await render({ webhook: { certificates: { provider: 'cert-manager', authorityDuration: '8760h' } } });
});

function issuerRef(name: string): object {
  return { group: 'cert-manager.io', kind: 'Issuer', name };
}

describe('with cert-manager', () => {
  test('an authority of the release’s own signs', () => {
    const own = manifests.filter(({ apiVersion }) => apiVersion === group);
    expect(own.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      'Certificate infra-autopilot-controller-tls',
      'Certificate infra-autopilot-webhook-ca',
      'Certificate infra-autopilot-webhook-tls',
      'Issuer infra-autopilot-webhook-ca',
      'Issuer infra-autopilot-webhook-self-signed',
    ]);
    expect(own.every(({ metadata }) => metadata.namespace === release.namespace)).toBe(true);
    expect(find(manifests, 'Issuer', `${webhook}-self-signed`)['spec']).toEqual({ selfSigned: {} });
    expect(find(manifests, 'Certificate', `${webhook}-ca`)['spec']).toEqual({
      isCA: true,
      commonName: 'infra-autopilot CA',
      secretName: `${webhook}-ca`,
      duration: '8760h',
      privateKey: { algorithm: 'RSA', size: 2048 },
      issuerRef: issuerRef(`${webhook}-self-signed`),
    });
    expect(find(manifests, 'Issuer', `${webhook}-ca`)['spec']).toEqual({ ca: { secretName: `${webhook}-ca` } });
  });

  test.each(['webhook', 'controller'] as const)(
    'the %s gets a certificate for its Service in the Secret that it reads',
    (process) => {
      const name = `${release.name}-${process}`;
      expect(find(manifests, 'Certificate', `${name}-tls`)['spec']).toEqual({
        secretName: environmentOf(manifests, process).get(
          process === 'webhook' ? 'AUTOPILOT_WEBHOOK_TLS_SECRET' : 'AUTOPILOT_TLS_SECRET',
        ),
        duration: '720h',
        renewBefore: '240h',
        dnsNames: serviceNames(name, release.namespace),
        usages: ['digital signature', 'key encipherment', 'server auth'],
        privateKey: { algorithm: 'RSA', size: 2048, rotationPolicy: 'Always' },
        issuerRef: issuerRef(`${webhook}-ca`),
      });
    },
  );

  test('the Secrets are not those of the built-in authority, which Helm could neither take over nor change back', () => {
    const own = builtin.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    const secretNames = manifests.filter(({ kind }) => kind === 'Certificate').map(({ spec }) => spec.secretName);
    expect([own.length, secretNames.length]).toEqual([2, 3]);
    expect(own.filter((name) => secretNames.includes(name))).toEqual([]);
    const [readable] = find(manifests, 'Role', webhook)['rules'];
    expect(readable).toMatchObject({
      resources: ['secrets'],
      resourceNames: [`${webhook}-cert-manager-tls`, `${release.name}-controller-cert-manager-tls`],
    });
    const [byController] = find(manifests, 'Role', `${release.name}-controller`)['rules'];
    expect(byController).toMatchObject({ resourceNames: [`${release.name}-controller-cert-manager-tls`] });
  });

  test('its cainjector writes the caBundle, and the webhook is told to follow', () => {
    const { metadata, webhooks } = find(manifests, 'MutatingWebhookConfiguration', webhook);
    expect(metadata).toMatchObject({
      annotations: { 'cert-manager.io/inject-ca-from': `${release.namespace}/${webhook}-tls` },
    });
    expect(webhooks[0].clientConfig).not.toHaveProperty('caBundle');
    expect(environmentOf(manifests, 'webhook').get('AUTOPILOT_CERTIFICATES')).toBe('cert-manager');
  });

  test('the chart leaves the Secrets to it, and the webhook may write nothing but Events, the status of overrides and dry runs', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const rules: { resources: string[]; verbs: string[] }[] = [
      ...find(manifests, 'Role', webhook)['rules'],
      ...find(manifests, 'ClusterRole', webhook)['rules'],
    ];
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => !/^(get|list|watch)$/.test(verb)));
    expect(writing.flatMap(({ resources }) => resources)).toEqual([
      'events',
      'podtemplates',
      'admissionoverrides/status',
    ]);
  });
});

test('without it nothing of cert-manager is rendered', () => {
  expect(builtin.filter(({ apiVersion }) => apiVersion === group)).toEqual([]);
  expect(find(builtin, 'MutatingWebhookConfiguration', webhook).metadata).not.toHaveProperty('annotations');
  expect(environmentOf(builtin, 'webhook').get('AUTOPILOT_CERTIFICATES')).toBe('builtin');
});
