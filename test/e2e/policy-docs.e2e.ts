import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { clusterPolicyResource, policyResource } from '#contract/policy.ts';
import { apiGroup } from '#contract/annotations.ts';
import type { Cluster } from './support/cluster.ts';
import { conditionOf, type Policy } from './support/policies.ts';
import { test } from './support/test.ts';

test('every policy in the documentation is accepted as it stands there', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const examples = await readExamples();
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) {
    const what = `${example.kind} ${example.metadata.name}`;
    // One for the whole cluster would hold for the other tests as well: it is only tried.
    if (example.kind === clusterPolicyResource.kind) {
      const path = `/apis/${apiGroup}/v1alpha1/${clusterPolicyResource.plural}`;
      expect(await offer(cluster, path, example, { dryRun: 'All' }), what).toMatchObject({ ok: true });
      continue;
    }
    expect(example.kind).toBe(policyResource.kind);
    const path = `/apis/${apiGroup}/v1alpha1/namespaces/${name}/${policyResource.plural}`;
    const moved = { ...example, metadata: { ...example.metadata, namespace: name } };
    expect(await offer(cluster, path, moved), what).toMatchObject({ ok: true });
    await conditionOf(cluster, name, example.metadata.name, 'Accepted', 'True');
  }
});

async function readExamples(): Promise<readonly Policy[]> {
  const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'policies.md'), 'utf8');
  return [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = '']) => parse(yaml) as Policy);
}

async function offer({ kube }: Cluster, path: string, body: Policy, query: Readonly<Record<string, string>> = {}) {
  return await kube.request<Policy>({ method: 'POST', path, query: { fieldValidation: 'Strict', ...query }, body });
}
