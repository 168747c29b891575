import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { programs } from './settings.ts';

export const chartDirectory = fileURLToPath(new URL('../../charts/infra-autopilot', import.meta.url));

/** Release of the tests: name and namespace differ, so that mixing them up shows. */
export const release = { name: 'infra-autopilot', namespace: 'operations' } as const;

/** A rendered object; tests look into it as deep as they need. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  // oxlint-disable-next-line typescript/no-explicit-any -- a rendered object may have any shape: that is what is tested
  readonly [field: string]: any;
}

export interface Program {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm with values given as JSON; a refusal is a result, a missing helm is an error. */
export async function helm(command: readonly string[], values: object = {}): Promise<Program> {
  const result = await execa(programs.helm, [...command, '--values', '-'], {
    input: JSON.stringify(values),
    reject: false,
    timeout: 60_000,
  });
  if (result.exitCode === undefined) throw new Error(`helm did not run: ${result.message}`);
  return { failed: result.failed, stdout: result.stdout, stderr: result.stderr };
}

/** The chart's objects as YAML. */
export async function renderText(values: object = {}): Promise<string> {
  const command = ['template', release.name, chartDirectory, '--namespace', release.namespace];
  const { failed, stdout, stderr } = await helm(command, values);
  if (failed) throw new Error(`helm template refused: ${stderr}`);
  return stdout;
}

/** The chart's objects; a key that is rendered twice is an error. */
export async function render(values: object = {}): Promise<readonly Manifest[]> {
  return parseManifests(await renderText(values));
}

export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`not YAML: ${document.errors.join('\n')}`);
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

/** The one object of that kind and name. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} objects ${kind}/${name}`);
  return found[0];
}

/** A process's container and its environment by name. */
export function containerOf(manifests: readonly Manifest[], process: 'webhook' | 'controller'): Manifest['container'] {
  const deployment = find(manifests, 'Deployment', `${release.name}-${process}`);
  return deployment['spec'].template.spec.containers[0];
}

export function environmentOf(manifests: readonly Manifest[], process: 'webhook' | 'controller'): Map<string, unknown> {
  const container = containerOf(manifests, process) as { env: { name: string; value?: string; valueFrom?: unknown }[] };
  return new Map(container.env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}
