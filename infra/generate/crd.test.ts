import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { customResources, renderCrd } from './crd.ts';

interface Schema {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Definition {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly [
      { readonly subresources: object; readonly schema: { readonly openAPIV3Schema: Schema } },
    ];
  };
}

const definitions = customResources.map((resource) => parse(renderCrd(resource)) as Definition);
const named = definitions.map((definition) => [definition.spec.names.kind, definition] as const);

/** Every schema of a definition with its path, the values of maps and the items of lists included. */
function schemasOf(path: string, schema: Schema): readonly (readonly [path: string, schema: Schema])[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, part]) => schemasOf(`${path}.${name}`, part));
  const items = schema.items === undefined ? [] : schemasOf(`${path}[]`, schema.items);
  const values = schema.additionalProperties === undefined ? [] : schemasOf(`${path}{}`, schema.additionalProperties);
  return [[path, schema], ...below, ...items, ...values];
}

function pathsOf(definition: Definition, kept: (schema: Schema, path: string) => boolean): readonly string[] {
  return schemasOf('', definition.spec.versions[0].schema.openAPIV3Schema)
    .filter(([path, schema]) => kept(schema, path))
    .map(([path]) => path);
}

test.each(named)('%s is kept at uninstall and has a status subresource', (_kind, { metadata, spec }) => {
  expect(metadata.annotations['helm.sh/resource-policy']).toBe('keep');
  expect(spec.versions[0].subresources).toEqual({ status: {} });
});

test.each(customResources)('$names.kind holds nothing that Helm would take for a template', (resource) => {
  expect(renderCrd(resource)).not.toContain('{{');
});

test.each(customResources)('$names.kind says the same in YAML 1.1, which Kubernetes’ tools read', (resource) => {
  const rendered = renderCrd(resource);
  expect(parse(rendered, { schema: 'yaml-1.1' })).toEqual(parse(rendered));
});

test.each(named)('%s describes every field for kubectl explain', (_kind, definition) => {
  const described = (schema: Schema, path: string): boolean =>
    schema.description === undefined && !path.endsWith('[]') && !path.endsWith('{}');
  expect(pathsOf(definition, described)).toEqual([]);
});

test.each(named)('%s bounds every text, list and map, so that rules over them stay cheap', (_kind, definition) => {
  const unbounded = ({ type, ...schema }: Schema): boolean =>
    (type === 'string' && !('maxLength' in schema || 'enum' in schema || 'format' in schema)) ||
    (type === 'array' && !('maxItems' in schema)) ||
    (type === 'object' && !('properties' in schema || 'maxProperties' in schema));
  expect(pathsOf(definition, unbounded)).toEqual([]);
});

test.each(named)('%s has no keyword that a structural schema forbids', (_kind, definition) => {
  const forbidden = (schema: Schema): boolean =>
    ['const', '$ref', 'oneOf', 'definitions', 'patternProperties'].some((keyword) => keyword in schema) ||
    typeof schema.additionalProperties === 'boolean';
  expect(pathsOf(definition, forbidden)).toEqual([]);
});
