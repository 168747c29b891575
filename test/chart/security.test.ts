import { beforeAll, describe, expect, test } from 'vitest';
import { excludedNamespaces, roleLabel, roleLeader } from '#contract/annotations.ts';
import { adminPort, reportPort, webhookPort } from '#contract/ports.ts';
import { watchedResources } from '#contract/vocabulary.ts';
import { containerOf, environmentOf, find, release, render, type Manifest } from './render.ts';

const processes = ['webhook', 'controller'] as const;
let manifests: readonly Manifest[];

beforeAll(async () => {
  manifests = await render();
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

function rulesOf(process: string): { clusterWide: readonly Rule[]; own: readonly Rule[] } {
  const name = `${release.name}-${process}`;
  return { clusterWide: find(manifests, 'ClusterRole', name)['rules'], own: find(manifests, 'Role', name)['rules'] };
}

/** One line for each single permission: `verb group/resource [names]`. */
function permissions(rules: readonly Rule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => `${verb} ${group || 'core'}/${resource} ${resourceNames?.join(',') ?? ''}`.trim()),
        ),
      ),
    )
    .toSorted();
}

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

describe('permissions', () => {
  test.each(processes)('of the %s hold no wildcard and no way to more of them', (process) => {
    const { clusterWide, own } = rulesOf(process);
    const all = permissions([...clusterWide, ...own]);
    expect(all.filter((line) => line.includes('*'))).toEqual([]);
    expect(all.filter((line) => /^(escalate|bind|impersonate|deletecollection) /.test(line))).toEqual([]);
    const removable = ['delete infra-autopilot.io/incidents', 'delete core/configmaps infra-autopilot-trust'];
    expect(all.filter((line) => line.startsWith('delete ') && !removable.includes(line))).toEqual([]);
    // To read the role by its name lets ConfigMaps belong to it; it grants nothing.
    const ownRole = 'get rbac.authorization.k8s.io/clusterroles infra-autopilot-controller';
    expect(
      all.filter(
        (line) =>
          line !== ownRole &&
          /\/(roles|rolebindings|clusterroles|clusterrolebindings|pods\/(exec|attach|portforward|ephemeralcontainers))/.test(
            line,
          ),
      ),
    ).toEqual([]);
    expect(all.filter((line) => line.includes('/nodes') && !/^(list|watch) core\/nodes$/.test(line))).toEqual([]);
  });

  test.each(processes)('of the %s on Secrets are for its own, by name, and never to create one', (process) => {
    const { clusterWide, own } = rulesOf(process);
    expect(permissions(clusterWide).filter((line) => line.includes('/secrets'))).toEqual([]);
    const onSecrets = own.filter((rule) => rule.resources.includes('secrets'));
    expect(onSecrets).not.toHaveLength(0);
    for (const { resourceNames, verbs } of onSecrets) {
      expect(resourceNames).not.toHaveLength(0);
      for (const verb of verbs) expect(['get', 'patch']).toContain(verb);
    }
  });

  test('of the webhook in its own namespace are its Secrets and Events about them, the canary’s pods and the suspensions that it obeys', () => {
    expect(permissions(rulesOf('webhook').own)).toEqual([
      'create core/events',
      'get core/secrets infra-autopilot-webhook-tls,infra-autopilot-controller-tls',
      'list core/configmaps infra-autopilot-injection',
      'list core/pods',
      'patch core/secrets infra-autopilot-webhook-tls,infra-autopilot-controller-tls',
      'watch core/configmaps infra-autopilot-injection',
      'watch core/pods',
    ]);
  });

  test('of the webhook cluster-wide change its own configuration alone, and read what injection goes by', () => {
    expect(permissions(rulesOf('webhook').clusterWide)).toEqual([
      'get admissionregistration.k8s.io/mutatingwebhookconfigurations infra-autopilot-webhook',
      'list core/limitranges',
      'list core/namespaces',
      'list core/resourcequotas',
      'patch admissionregistration.k8s.io/mutatingwebhookconfigurations infra-autopilot-webhook',
      'watch core/limitranges',
      'watch core/namespaces',
      'watch core/resourcequotas',
    ]);
  });

  const reading = /^(get|list|watch) /;

  test('of the controller to change something are these and no other', () => {
    expect(permissions(rulesOf('controller').clusterWide).filter((line) => !reading.test(line))).toEqual([
      'create authentication.k8s.io/tokenreviews',
      'create core/configmaps',
      'create core/events',
      'create core/pods/eviction',
      'create infra-autopilot.io/incidents',
      'delete core/configmaps infra-autopilot-trust',
      'delete infra-autopilot.io/incidents',
      'patch core/configmaps infra-autopilot-trust',
      'patch infra-autopilot.io/clusterremediationpolicies/status',
      'patch infra-autopilot.io/remediationpolicies/status',
      'update infra-autopilot.io/incidents/status',
    ]);
  });

  test('of the controller in its own namespace are its certificate, its Lease, the label of the leader, and the suspensions of injection', () => {
    expect(permissions(rulesOf('controller').own)).toEqual([
      'create coordination.k8s.io/leases',
      'get coordination.k8s.io/leases infra-autopilot-controller',
      'get core/secrets infra-autopilot-controller-tls',
      'list core/configmaps infra-autopilot-injection',
      'list core/pods',
      'patch core/configmaps infra-autopilot-injection',
      'patch core/pods',
      'update coordination.k8s.io/leases infra-autopilot-controller',
      'watch core/configmaps infra-autopilot-injection',
    ]);
    expect(environmentOf(manifests, 'controller').get('AUTOPILOT_LEASE')).toBe('infra-autopilot-controller');
  });

  test('of the controller to read are these and no other', () => {
    const all = permissions(rulesOf('controller').clusterWide);
    const trust = 'core/configmaps infra-autopilot-trust';
    expect(all).toEqual(expect.arrayContaining([`list ${trust}`, `watch ${trust}`]));
    const watched = all
      .filter((line) => line.startsWith('watch ') && !line.endsWith(trust))
      .map((line) => line.slice('watch '.length));
    expect(watched).toEqual([
      'apps/daemonsets',
      'apps/deployments',
      'apps/replicasets',
      'apps/statefulsets',
      'autoscaling/horizontalpodautoscalers',
      'batch/jobs',
      'core/events',
      'core/namespaces',
      'core/nodes',
      'core/pods',
      'infra-autopilot.io/clusterremediationpolicies',
      'infra-autopilot.io/incidents',
      'infra-autopilot.io/remediationpolicies',
      'policy/poddisruptionbudgets',
    ]);
    expect(new Set(watched.map((line) => line.split('/')[1]))).toEqual(new Set<string>(watchedResources));
    const listed = all.filter((line) => line.startsWith('list ') && !line.endsWith(trust));
    expect(listed).toEqual(watched.map((line) => `list ${line}`));
    expect(all.filter((line) => line.startsWith('get '))).toEqual([
      'get apps/daemonsets',
      'get apps/deployments',
      'get apps/replicasets',
      'get apps/statefulsets',
      'get autoscaling/horizontalpodautoscalers',
      'get core/namespaces',
      'get core/pods',
      'get core/pods/log',
      'get infra-autopilot.io/incidents',
      'get rbac.authorization.k8s.io/clusterroles infra-autopilot-controller',
    ]);
  });

  test('of the controller grow by four patches where drift is allowed, and only there', async () => {
    const role = `${release.name}-controller`;
    const allowed = await render({ driftActions: { enabled: true } });
    const before = permissions(rulesOf('controller').clusterWide);
    const after = permissions(find(allowed, 'ClusterRole', role)['rules']);
    expect(after.filter((line) => !before.includes(line))).toEqual([
      'patch apps/daemonsets',
      'patch apps/deployments',
      'patch apps/statefulsets',
      'patch autoscaling/horizontalpodautoscalers',
    ]);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(find(allowed, 'Role', role)).toEqual(find(manifests, 'Role', role));
  });

  test('are bound to the ServiceAccount that the pods run under', () => {
    for (const process of processes) {
      const name = `${release.name}-${process}`;
      const subject = { kind: 'ServiceAccount', name, namespace: release.namespace };
      expect(find(manifests, 'ClusterRoleBinding', name)['subjects']).toEqual([subject]);
      expect(find(manifests, 'RoleBinding', name)['subjects']).toEqual([subject]);
      expect(find(manifests, 'Deployment', name)['spec'].template.spec.serviceAccountName).toBe(name);
      find(manifests, 'ServiceAccount', name);
    }
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
