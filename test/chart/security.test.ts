import { beforeAll, describe, expect, test } from 'vitest';
import { excludedNamespaces, roleLabel, roleLeader } from '#contract/annotations.ts';
import { adminPort, reportPort, webhookPort } from '#contract/ports.ts';
import { containerOf, find, release, render, type Manifest } from './render.ts';

const processes = ['webhook', 'controller'] as const;
let manifests: readonly Manifest[];

beforeAll(async () => {
  manifests = await render();
});

describe.each(processes)('the pod of the %s', (process) => {
  test('runs as the restricted standard asks, with nothing writable', () => {
    const pod = find(manifests, 'Deployment', `${release.name}-${process}`)['spec'].template.spec;
    expect(pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.containers).toHaveLength(1);
    expect(pod).not.toHaveProperty('volumes');
    expect(containerOf(manifests, process).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('shares nothing with its node and gets no variables from other Services', () => {
    const pod = find(manifests, 'Deployment', `${release.name}-${process}`)['spec'].template.spec;
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(field);
    expect(pod.enableServiceLinks).toBe(false);
  });

  test('is asked whether it started, is ready and lives, and has bounds', () => {
    const container = containerOf(manifests, process);
    expect(container.startupProbe.httpGet).toEqual({ path: '/readyz', port: 'admin' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'admin' });
    expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'admin' });
    expect(container.resources.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
    expect(container.resources.limits).toEqual({ memory: expect.any(String) });
  });

  test('listens on the contract’s ports and its Service leads there, that of the controller to the leader alone', () => {
    const port = process === 'webhook' ? webhookPort : reportPort;
    expect(containerOf(manifests, process).ports).toEqual([
      { name: 'https', containerPort: port },
      { name: 'admin', containerPort: adminPort },
    ]);
    const { spec } = find(manifests, 'Service', `${release.name}-${process}`);
    expect(spec.ports).toContainEqual({ name: 'https', port: 443, targetPort: 'https' });
    const { labels } = find(manifests, 'Deployment', `${release.name}-${process}`)['spec'].template.metadata;
    const role = process === 'controller' ? { [roleLabel]: roleLeader } : {};
    expect(spec.selector).toEqual({ ...labels, ...role });
    expect(labels).not.toHaveProperty([roleLabel]);
  });

  test('has a certificate Secret that the chart leaves empty', () => {
    const secret = find(manifests, 'Secret', `${release.name}-${process}-tls`);
    expect(secret['type']).toBe('Opaque');
    expect(secret).not.toHaveProperty('data');
    expect(secret).not.toHaveProperty('stringData');
  });
});

describe('the webhook’s configuration', () => {
  test('asks about new pods of opted-in namespaces only, fails open, and leaves the caBundle to the webhook', () => {
    const { webhooks } = find(manifests, 'MutatingWebhookConfiguration', 'infra-autopilot-webhook');
    expect(webhooks).toEqual([
      {
        name: 'inject.infra-autopilot.io',
        admissionReviewVersions: ['v1'],
        clientConfig: {
          service: { name: 'infra-autopilot-webhook', namespace: release.namespace, path: '/mutate', port: 443 },
        },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: 'Namespaced' },
        ],
        matchPolicy: 'Equivalent',
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        timeoutSeconds: 3,
        namespaceSelector: {
          matchExpressions: [
            { key: 'infra-autopilot.io/autopilot', operator: 'In', values: ['enabled', 'observe'] },
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: [...excludedNamespaces, release.namespace],
            },
          ],
        },
      },
    ]);
  });

  test('excludes more namespaces on request, never fewer', async () => {
    const more = await render({ webhook: { excludedNamespaces: ['databases', 'kube-system'] } });
    const { webhooks } = find(more, 'MutatingWebhookConfiguration', 'infra-autopilot-webhook');
    expect(webhooks[0].namespaceSelector.matchExpressions[1].values).toEqual([
      ...excludedNamespaces,
      release.namespace,
      'databases',
    ]);
  });

  test('fails closed only where two replicas answer', async () => {
    const closed = await render({ webhook: { failurePolicy: 'Fail', replicas: 2 } });
    const { webhooks } = find(closed, 'MutatingWebhookConfiguration', 'infra-autopilot-webhook');
    expect(webhooks[0].failurePolicy).toBe('Fail');
  });
});
