import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Manifest } from './render.ts';
import { programs } from './settings.ts';

interface Schema {
  readonly [keyword: string]: unknown;
}

interface Definition extends Schema {
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

type Definitions = Readonly<Record<string, Definition>>;

const kubernetesModule = fileURLToPath(new URL('../../infra/local/go/kubernetes', import.meta.url));
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const localReference = '#/definitions/';

/**
 * Kubernetes' own description of its API, at the version that the local node is built from. It comes with the published
 * Go module, so nothing else has to be fetched.
 */
export async function readDefinitions(): Promise<Definitions> {
  const { stdout } = await execa(programs.go, ['mod', 'download', '-json', 'k8s.io/kubernetes'], {
    cwd: kubernetesModule,
    timeout: 240_000,
  });
  const { Dir: directory } = JSON.parse(stdout) as { Dir: string };
  const swagger = await readFile(join(directory, 'api', 'openapi-spec', 'swagger.json'), 'utf8');
  return (JSON.parse(swagger) as { definitions: Definitions }).definitions;
}

/**
 * Writes one strict JSON Schema for each kind among the manifests and returns kubeconform's `-schema-location` for them.
 * A kind that this Kubernetes doesn't serve is an error, so a typing error in an apiVersion shows here.
 */
export async function writeSchemas(definitions: Definitions, manifests: readonly Manifest[]): Promise<string> {
  const files = [...new Set(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))].map((key) => {
    const [apiVersion = '', kind = ''] = key.split(' ');
    // kubeconform takes the version for the group where there is none.
    const [group = '', version = group] = apiVersion.split('/');
    const name = `${group}-${version}-${kind}.json`.toLowerCase();
    return { name, text: JSON.stringify(schemaOf(definitions, apiVersion, kind)) };
  });
  const directory = await mkdtemp(join(tmpdir(), 'kubernetes-schemas-'));
  for (const { name, text } of files) await writeFile(join(directory, name), text);
  return join(directory, '{{.Group}}-{{.ResourceAPIVersion}}-{{.ResourceKind}}.json');
}

/** A self-contained schema of one kind: the definition and everything that it refers to. */
function schemaOf(definitions: Definitions, apiVersion: string, kind: string): Schema {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const root = Object.keys(definitions).find((name) =>
    definitions[name]?.['x-kubernetes-group-version-kind']?.some(
      (served) => served.group === group && served.version === version && served.kind === kind,
    ),
  );
  if (root === undefined) throw new Error(`this Kubernetes serves no ${kind} of ${apiVersion}`);
  const reached = new Set([root]);
  // A set is walked in the order in which it grows.
  for (const name of reached) for (const next of referencesOf(definitions[name])) reached.add(next);
  const included = [...reached].map((name) => [name, name === quantity ? anyQuantity : strict(definitions[name])]);
  return { $ref: `${localReference}${root}`, definitions: Object.fromEntries(included) };
}

const anyQuantity: Schema = { type: ['string', 'number'] };

function referencesOf(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(referencesOf);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([keyword, value]) =>
    keyword === '$ref' && typeof value === 'string' ? [value.slice(localReference.length)] : referencesOf(value),
  );
}

/** Says in JSON Schema what OpenAPI leaves open or says in its own way: unknown fields, and int-or-string. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const { properties, format, ...schema } = node as Schema;
  if (format === 'int-or-string') return { type: ['string', 'integer'] };
  const copied = Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, strict(value)]));
  if (typeof properties !== 'object' || properties === null) return copied;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in schema;
  return {
    ...copied,
    properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, strict(value)])),
    ...(isOpen ? {} : { additionalProperties: false }),
  };
}
