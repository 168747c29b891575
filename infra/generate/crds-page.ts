import { apiVersion } from '#contract/annotations.ts';
import { customResources, type CustomResource } from './crd.ts';
import { code, table } from './markdown.ts';

/** A field's schema, as far as the page tells it. */
interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string }[];
}

export function crdsPage(): string {
  return `# Custom resources

Of \`${apiVersion}\`. \`kubectl explain\` says the same in a terminal. Unknown fields are refused or dropped by the API server.

${customResources.map(section).join('\n\n')}
`;
}

function section({ names, scope, description, spec, status, statusBy, columns }: CustomResource): string {
  const { kind, plural, shortName } = names;
  const where = scope === 'Cluster' ? 'of the cluster' : 'in a namespace';
  const listed = columns.map(({ name, priority = 0 }) => (priority > 0 ? `${name} (with \`-o wide\`)` : name));
  const rules = [...rulesOf(spec), ...rulesOf(status)];
  return `## ${kind}

${description}

An object ${where}: \`kubectl get ${plural}\`, in short \`${shortName}\`. The list shows ${listed.join(', ')}.

${fieldTable('spec', spec)}

${rules.length === 0 ? '' : `The API server refuses what breaks one of these rules:\n\n${rules.map((rule) => `- ${rule}`).join('\n')}\n`}
Its status, which the ${statusBy} writes:

${fieldTable('status', status)}`;
}

function fieldTable(root: string, schema: Field): string {
  const rows = fieldsOf(root, schema).map(([path, field, required]) => [
    code(path),
    field.description ?? '',
    acceptsOf(field),
    required ? 'required' : defaultOf(field),
  ]);
  return table(['Field', 'Meaning', 'Accepts', 'Default'], rows);
}

type Row = readonly [path: string, field: Field, required: boolean];

/** Every field below one, depth first; an item of a list is told by its own fields. */
function fieldsOf(path: string, { properties, required = [] }: Field): readonly Row[] {
  return Object.entries(properties ?? {}).flatMap(([name, field]): readonly Row[] => {
    const itself = `${path}.${name}`;
    const below = field.items === undefined ? fieldsOf(itself, field) : fieldsOf(`${itself}[]`, field.items);
    return [[itself, field, required.includes(name)], ...below];
  });
}

function acceptsOf({ type, format, enum: values, minimum, maximum, maxLength, maxItems, items }: Field): string {
  if (values !== undefined) return values.map(code).join(', ');
  if (type === 'array') return `at most ${maxItems} of: ${items === undefined ? 'anything' : acceptsOf(items)}`;
  if (format === 'date-time') return 'time';
  if (minimum !== undefined)
    return maximum === undefined ? `${type}, ${minimum} or more` : `${type}, ${minimum} to ${maximum}`;
  return maxLength === undefined ? (type ?? '') : `text of at most ${maxLength} characters`;
}

function defaultOf({ default: value }: Field): string {
  return value === undefined ? '' : code(String(value));
}

/** The sentences of every rule that spans fields, each once. */
function rulesOf(schema: Field): readonly string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  const below = [...Object.values(schema.properties ?? {}), ...(schema.items === undefined ? [] : [schema.items])];
  return [...new Set([...own, ...below.flatMap(rulesOf)])];
}
