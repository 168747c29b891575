import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory, helm, render } from './render.ts';

const refused: readonly [string, object, string][] = [
  ['an unknown key', { webhook: { replica: 2 } }, "'replica' not allowed"],
  ['an unknown key at the top', { webook: {} }, "'webook' not allowed"],
  ['an URL as a value', { notifications: { slack: { url: 'https://hooks.example/x' } } }, "'url' not allowed"],
  ['a negative cool-down', { remediation: { cooldownSeconds: -1 } }, '/remediation/cooldownSeconds'],
  ['no attempt at all', { remediation: { maxAttempts: 0 } }, '/remediation/maxAttempts'],
  ['a fraction of a replica', { webhook: { replicas: 1.5 } }, '/webhook/replicas'],
  ['an unknown failure policy', { webhook: { failurePolicy: 'Deny' } }, '/webhook/failurePolicy'],
  ['an unknown issuer', { webhook: { certificates: { provider: 'vault' } } }, '/webhook/certificates/provider'],
  ['a life that is none', { webhook: { certificates: { authorityDuration: '1y' } } }, '/webhook/certificates'],
  ['a timeout that Kubernetes refuses', { webhook: { timeoutSeconds: 31 } }, '/webhook/timeoutSeconds'],
  ['a digest that is none', { agent: { image: { digest: 'sha256:12' } } }, '/agent/image/digest'],
  ['an unknown log level', { logLevel: 'verbose' }, '/logLevel'],
  ['a memory that is no quantity', { agent: { resources: { limits: { memory: 'lots' } } } }, '/agent/resources/limits'],
  ['a cap that is no amount', { overrides: { maximumMemory: 'lots' } }, '/overrides/maximumMemory'],
  ['a factor below one', { overrides: { maximumMemoryFactor: 0.5 } }, '/overrides/maximumMemoryFactor'],
  ['an agent without limit', { agent: { resources: { limits: { memory: null } } } }, "'memory'"],
  ['an address instead of a range', { notifications: { allowedCidrs: ['10.0.0.1'] } }, '/notifications/allowedCidrs/0'],
  ['a name that Kubernetes refuses', { fullnameOverride: 'Not_A_Name' }, '/fullnameOverride'],
  ['a name that leaves no room', { fullnameOverride: 'a'.repeat(41) }, '/fullnameOverride'],
  ['no time to verify', { remediation: { verifyTimeoutSeconds: 10 } }, 'verifyTimeoutSeconds must not be below'],
  [
    'a shrinking cool-down',
    { remediation: { cooldownMaximumSeconds: 60 } },
    'cooldownMaximumSeconds must not be below',
  ],
  ['a breaker of more than all', { breaker: { percentage: 101 } }, '/breaker/percentage'],
  ['incidents forgotten too soon', { incidents: { maximumAgeHours: 4 } }, '/incidents/maximumAgeHours'],
  ['drift that is neither on nor off', { driftActions: { enabled: 'yes' } }, '/driftActions/enabled'],
  ['Fail with one replica', { webhook: { failurePolicy: 'Fail', replicas: 1 } }, 'needs webhook.replicas of 2 or more'],
];

describe('values', () => {
  test.each(refused)('with %s are refused and the message names it', async (_case, values, message) => {
    const { failed, stderr } = await helm(['template', 'x', chartDirectory], values);
    expect(failed).toBe(true);
    expect(stderr).toContain(message);
  });

  test('may be those that a parent chart hands down', async () => {
    await expect(render({ global: { anything: true } })).resolves.not.toHaveLength(0);
  });

  test('each have a default and a place in the schema', async () => {
    const [defaults, schema] = await Promise.all([read('values.yaml'), read('values.schema.json')]);
    const described = schemaKeysOf(schema, schema['definitions'] as Node);
    expect(described).toEqual(expect.arrayContaining(keysOf(defaults)));
    const missing = described.filter((key) => !withoutDefault.test(key) && !keysOf(defaults).includes(key));
    expect(missing).toEqual([]);
  });
});

interface Node {
  readonly [key: string]: unknown;
}

async function read(file: string): Promise<Node> {
  return parse(await readFile(join(chartDirectory, file), 'utf8')) as Node;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keys that a user may fill freely end a path; so do lists. */
function keysOf(node: Node, path = ''): string[] {
  return Object.entries(node)
    .flatMap(([key, value]) => {
      const here = `${path}/${key}`;
      return isNode(value) && Object.keys(value).length > 0 ? keysOf(value, here) : [here];
    })
    .toSorted();
}

/** Optional quantities have no default, and Helm itself sets `global`. */
const withoutDefault = /^\/global$|\/resources\/(requests|limits)\/(cpu|ephemeral-storage)$/;

function schemaKeysOf(node: Node, definitions: Node, path = ''): string[] {
  const reference = node['$ref'];
  const target = typeof reference === 'string' ? definitions[reference.replace('#/definitions/', '')] : node;
  const properties = isNode(target) ? target['properties'] : undefined;
  if (!isNode(properties)) return [path];
  return Object.entries(properties)
    .flatMap(([key, value]) => schemaKeysOf(value as Node, definitions, `${path}/${key}`))
    .toSorted();
}
