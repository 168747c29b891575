import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { incidentCrdFile, renderIncidentCrd } from './crd.ts';

test('the chart ships the incident resource exactly as the contract describes it', async () => {
  expect(await readFile(incidentCrdFile, 'utf8')).toBe(renderIncidentCrd());
});

test('the incident resource holds nothing that Helm would take for a template', () => {
  expect(renderIncidentCrd()).not.toContain('{{');
});

test('the incident resource is kept at uninstall and has a status subresource', () => {
  const definition = parse(renderIncidentCrd()) as {
    metadata: { annotations: Record<string, string> };
    spec: { versions: { subresources: object }[] };
  };
  expect(definition.metadata.annotations['helm.sh/resource-policy']).toBe('keep');
  expect(definition.spec.versions[0]?.subresources).toEqual({ status: {} });
});
