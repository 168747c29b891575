import { beforeAll, describe, expect, test } from 'vitest';
import { watchedResources } from '#contract/vocabulary.ts';
import { environmentOf, find, release, render, type Manifest } from './render.ts';

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

describe('permissions', () => {
  test.each(processes)('of the %s hold no wildcard and no way to more of them', (process) => {
    const { clusterWide, own } = rulesOf(process);
    const all = permissions([...clusterWide, ...own]);
    expect(all.filter((line) => line.includes('*'))).toEqual([]);
    expect(all.filter((line) => /^(escalate|bind|impersonate|deletecollection) /.test(line))).toEqual([]);
    const removable =
      /^delete (infra-autopilot\.io\/(incidents|admissionoverrides)|core\/configmaps infra-autopilot-trust)$/;
    expect(all.filter((line) => line.startsWith('delete ') && !removable.test(line))).toEqual([]);
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
    for (const { resourceNames, verbs } of own.filter((rule) => rule.resources.includes('secrets'))) {
      expect(resourceNames).not.toHaveLength(0);
      for (const verb of verbs) expect(['get', 'patch']).toContain(verb);
    }
  });

  test('of the webhook in its own namespace are its Secrets and Events about them, the canary’s pods, the suspensions that it obeys, and dry runs', () => {
    expect(permissions(rulesOf('webhook').own)).toEqual([
      'create core/events',
      'create core/podtemplates',
      'get core/secrets infra-autopilot-webhook-tls,infra-autopilot-controller-tls',
      'list core/configmaps infra-autopilot-injection',
      'list core/pods',
      'patch core/secrets infra-autopilot-webhook-tls,infra-autopilot-controller-tls',
      'watch core/configmaps infra-autopilot-injection',
      'watch core/pods',
    ]);
  });

  test('of the webhook cluster-wide change its own configuration and the status of overrides alone, and read what injection goes by', () => {
    expect(permissions(rulesOf('webhook').clusterWide)).toEqual([
      'get admissionregistration.k8s.io/mutatingwebhookconfigurations infra-autopilot-webhook',
      'list core/limitranges',
      'list core/namespaces',
      'list core/resourcequotas',
      'list infra-autopilot.io/admissionoverrides',
      'patch admissionregistration.k8s.io/mutatingwebhookconfigurations infra-autopilot-webhook',
      'patch infra-autopilot.io/admissionoverrides/status',
      'watch core/limitranges',
      'watch core/namespaces',
      'watch core/resourcequotas',
      'watch infra-autopilot.io/admissionoverrides',
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
      'delete infra-autopilot.io/admissionoverrides',
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
    // Expired overrides are looked for now and then, not followed.
    const swept = 'list infra-autopilot.io/admissionoverrides';
    expect(listed).toEqual([...watched.map((line) => `list ${line}`), swept].toSorted());
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
