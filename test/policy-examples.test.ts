import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { handlers } from '../controller/handlers/index.ts';
import { makeProjectPolicy } from '../controller/input/projections/policy.ts';

const page = await readFile(new URL('../docs/policies.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text) as KubeObject);

test('the page of policies has examples of both kinds', () => {
  expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(['RemediationPolicy', 'ClusterRemediationPolicy']));
});

test.each(examples.map((example) => [example.metadata?.name, example] as const))(
  'the example %s is usable as a whole',
  (_name, example) => {
    const namespace = example.kind === 'RemediationPolicy' ? { namespace: 'shop' } : {};
    const policy = makeProjectPolicy(handlers)({ ...example, metadata: { ...example.metadata, ...namespace } });
    expect(policy.problems).toEqual([]);
  },
);
