import { expect } from 'vitest';
import { heldIncident, resolvedIncident } from './support/incidents.ts';
import { injectFault } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

const tools = [
  {
    tool: 'argo-cd',
    owner: { ownerAnnotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/app' } },
  },
  { tool: 'flux', owner: { ownerLabels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } } },
  { tool: 'helm', owner: { ownerLabels: { 'app.kubernetes.io/managed-by': 'Helm' } } },
] as const;

test.for(tools)(
  'what $tool declares is not changed although chart and policy allow it, and its pods are healed all the same',
  async ({ tool, owner }, { cluster, namespace }) => {
    const name = await namespace('enabled');
    const allow = { drift: true };
    const failureClasses = ['CrashLoopBackOff'];
    const drift = { handler: 'rollout-restart' };
    const ladders = [{ failureClasses, steps: [drift] }];
    const both = [{ failureClasses, steps: [drift, { handler: 'restart-pod' }] }];
    const only = { selector: { matchLabels: { app: 'only-drift' } }, allow, ladders };
    await createPolicy(cluster, name, { ...quick, ...only }, 'only-drift');
    await createPolicy(cluster, name, { ...quick, allow, ladders: both }, 'both');
    const [held, healed] = await Promise.all([
      startApp(cluster, name, { name: 'only-drift', ...owner }),
      startApp(cluster, name, { name: 'both', ...owner }),
    ]);
    await Promise.all([injectFault(cluster, held, 'corrupt-state'), injectFault(cluster, healed, 'corrupt-state')]);

    const refused = await heldIncident(cluster, name, 'gitops-owned');
    expect(refused.spec.workload.name).toBe('only-drift');
    expect(refused.status?.message).toContain(tool);
    expect(refused.status?.actions ?? []).toEqual([]);
    const { spec, status } = await resolvedIncident(cluster, name);
    expect(spec.workload.name).toBe('both');
    expect(status?.actions).toMatchObject([{ kinds: ['evict-pod'], handler: 'restart-pod', step: 1, result: 'done' }]);
    const { items } = await cluster.apps.listNamespacedDeployment({ namespace: name });
    expect(items.map(({ metadata }) => metadata?.generation)).toEqual([1, 1]);
  },
);
