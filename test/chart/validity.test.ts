import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDefinitions, writeSchemas } from './kubernetes-schemas.ts';
import { chartDirectory, helm, parseManifests, renderText } from './render.ts';
import { programs } from './settings.ts';

/** Everything that is off by default, switched on. */
const everything = {
  imagePullSecrets: ['pull'],
  webhook: { failurePolicy: 'Fail', replicas: 3, priorityClassName: 'high', tolerations: [{ operator: 'Exists' }] },
  controller: { nodeSelector: { 'kubernetes.io/os': 'linux' }, podAnnotations: { a: 'b' }, podLabels: { c: 'd' } },
  notifications: {
    slack: { existingSecret: 'slack' },
    discord: { existingSecret: 'discord' },
    webhook: { existingSecret: 'custom' },
    allowedCidrs: ['10.0.0.0/8', 'fd00::/8'],
  },
  driftActions: { enabled: true },
  networkPolicy: { enabled: true, metricsFrom: [{ namespaceSelector: {} }] },
};
const smallest = { webhook: { replicas: 1 }, controller: { replicas: 1 }, metrics: { scrapeAnnotations: false } };

describe('the chart', () => {
  test.each([
    ['with its defaults', {}],
    ['with everything switched on', { ...everything, metrics: { serviceMonitor: { enabled: true } } }],
    ['at its smallest', smallest],
  ])('passes helm’s own strict lint %s', async (_case, values) => {
    const { failed, stdout, stderr } = await helm(['lint', '--strict', chartDirectory], values);
    expect(failed, `${stdout}${stderr}`).toBe(false);
  });
});

describe('objects of the chart', () => {
  let location = '';
  let definitions: Awaited<ReturnType<typeof readDefinitions>>;
  const folders: string[] = [];

  async function kubeconform(text: string): Promise<{ failed: boolean; output: string }> {
    location = await writeSchemas(definitions, parseManifests(text));
    folders.push(dirname(location));
    const result = await execa(programs.kubeconform, ['-strict', '-summary', '-schema-location', location, '-'], {
      input: text,
      reject: false,
      timeout: 60_000,
    });
    if (result.exitCode === undefined) throw new Error(`kubeconform did not run: ${result.message}`);
    return { failed: result.failed, output: `${result.stdout}${result.stderr}` };
  }

  beforeAll(async () => {
    definitions = await readDefinitions();
  });
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  test.each([
    ['with its defaults', {}],
    ['with everything switched on', everything],
    ['at its smallest', smallest],
  ])('are what Kubernetes’ own schemas say %s', async (_case, values) => {
    const { failed, output } = await kubeconform(await renderText(values));
    expect(failed, output).toBe(false);
    expect(output).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/);
  });

  test('are what Kubernetes’ own schemas say with cert-manager, whose own kinds have none there', async () => {
    const text = await renderText({ webhook: { certificates: { provider: 'cert-manager' } } });
    const [foreign, served] = [true, false].map((isForeign) =>
      text.split(/^---$/m).filter((document) => document.includes('apiVersion: cert-manager.io/') === isForeign),
    );
    expect(foreign).toHaveLength(5);
    const { failed, output } = await kubeconform(served?.join('---') ?? '');
    expect(failed, output).toBe(false);
  });

  test.each([
    ['a misspelt field', 'readOnlyRootFilesystem:', 'readOnlyRootFileSystem:', "'readOnlyRootFileSystem' not allowed"],
    ['a value of the wrong type', 'replicas: 2', 'replicas: two', 'got string, want integer'],
    ['a probe in the wrong place', 'startupProbe:', 'startProbe:', "'startProbe' not allowed"],
  ])('would be refused with %s', async (_case, right, wrong, message) => {
    const text = await renderText();
    expect(text).toContain(right);
    const { failed, output } = await kubeconform(text.replaceAll(right, wrong));
    expect(failed, output).toBe(true);
    expect(output).toContain(message);
  });

  test('of an API version that is not served have no schema', async () => {
    const text = (await renderText()).replaceAll('apiVersion: apps/v1\n', 'apiVersion: apps/v1beta1\n');
    await expect(kubeconform(text)).rejects.toThrow('serves no Deployment of apps/v1beta1');
  });
});
