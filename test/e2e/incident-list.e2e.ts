import { expect } from 'vitest';
import { apiGroup } from '#contract/annotations.ts';
import { incidentResource } from '#contract/incident.ts';
import { resolvedIncident } from './support/incidents.ts';
import { injectFault } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

/** What the API server answers to `kubectl get`. */
interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: { readonly metadata: { readonly namespace: string } };
  }[];
}

test('`kubectl get incidents -A` reads like a duty log', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  await createPolicy(cluster, name, quick);
  await injectFault(cluster, await startApp(cluster, name), 'corrupt-state');
  const incident = await resolvedIncident(cluster, name);
  const answer = await cluster.kube.request<Table>({
    method: 'GET',
    path: `/apis/${apiGroup}/v1alpha1/${incidentResource.plural}`,
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  if (!answer.ok) throw new Error(answer.message);
  const { columnDefinitions, rows } = answer.body;
  const shown = columnDefinitions.filter(({ priority }) => priority === 0).map((column) => column.name);
  expect(shown).toEqual(['Name', 'Kind', 'Workload', 'Failure', 'Phase', 'Reason', 'Did', 'Took', 'Age']);
  const row = rows.find(({ object }) => object.metadata.namespace === name);
  const cells = Object.fromEntries(columnDefinitions.map((column, index) => [column.name, row?.cells[index]]));
  expect(cells).toMatchObject({
    Name: incident.metadata.name,
    Kind: 'Deployment',
    Workload: 'app',
    Failure: 'CrashLoopBackOff',
    Phase: 'Resolved',
    Did: 'restart-pod',
    Took: expect.stringMatching(/^\d+\.\ds$/),
    Policy: `${name}/policy`,
    Message: expect.stringContaining('Healthy for 3 s'),
  });
});

test('each of its fields can be explained', async ({ cluster }) => {
  const answer = await cluster.kube.request<{ readonly components: { readonly schemas: Record<string, unknown> } }>({
    method: 'GET',
    path: `/openapi/v3/apis/${apiGroup}/v1alpha1`,
  });
  if (!answer.ok) throw new Error(answer.message);
  const schema = answer.body.components.schemas['io.infra-autopilot.v1alpha1.Incident'];
  expect(schema).toMatchObject({
    properties: { status: { properties: { took: { description: expect.any(String) } } } },
  });
});
