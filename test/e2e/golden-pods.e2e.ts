import { readdirSync, readFileSync } from 'node:fs';
import jsonPatch from 'fast-json-patch';
import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { tokenVolumeName } from '#contract/admission.ts';
import { exampleAgent, exampleOverride, goldenOwner } from '#test/support/admission.ts';
import type { Cluster } from './support/cluster.ts';
import { admittedPod, agentOf, dryRunPod } from './support/dry-run.ts';
import { hardened, sendable, type WrittenPod } from './support/golden-pods.ts';
import { createOverride, inSeconds } from './support/overrides.ts';
import { test } from './support/test.ts';

const folder = new URL('../../webhook/golden/', import.meta.url);

/** What no user creates here: another operating system's pods, and those that a kubelet writes about its own. */
const foreign = ['windows', 'static-pod', 'mirror-pod'];

const shapes = readdirSync(folder)
  .filter((name) => name.endsWith('.review.json'))
  .map((name) => name.replace('.review.json', ''))
  .filter((shape) => !foreign.includes(shape));

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const privileged = { 'pod-security.kubernetes.io/enforce': 'privileged' };

interface Golden {
  readonly object: WrittenPod;
  readonly reason: string;
  readonly patch: readonly jsonPatch.Operation[];
}

function readGolden(shape: string): Golden {
  const read = (kind: string): unknown => JSON.parse(readFileSync(new URL(`${shape}.${kind}.json`, folder), 'utf8'));
  const { request } = read('review') as { readonly request: { readonly object: WrittenPod } };
  return { object: request.object, ...(read('answer') as Omit<Golden, 'object'>) };
}

test('every golden pod that a user can create is admitted by the API server with what its golden patch adds', async ({
  cluster,
  namespace,
}) => {
  const [strict, free, judge] = await Promise.all([
    namespace('enabled', restricted),
    namespace('enabled', privileged),
    namespace(undefined, restricted),
  ]);
  await makeAccounts(cluster, [strict, free, judge]);
  const { name: override, memory, avoidNodes } = exampleOverride();
  const raises = memory.map(({ container, limit }) => ({ container, limit }));
  for (const name of [strict, free]) {
    const spec = { owner: goldenOwner, memory: raises, avoidNodes: [...avoidNodes], expiresAt: inSeconds(1800) };
    await createOverride(cluster, name, override, spec);
  }
  const values = await valuesOfRelease(cluster);
  expect(shapes.length).toBeGreaterThanOrEqual(24);

  const inStrict: string[] = [];
  for (const shape of shapes) {
    const golden = readGolden(shape);
    const plain = sendable(shape, golden.object);
    for (const [variant, pod] of [
      ['as it is', plain],
      ['hardened', hardened(plain)],
    ] as const) {
      // The judge without the agent decides: whatever it admits must be admitted with the agent too.
      const isRestricted = !('refused' in (await dryRunPod(cluster, judge, pod)));
      if (variant === 'hardened' && !isRestricted) continue;
      if (isRestricted) inStrict.push(shape);
      const admitted = await admittedPod(cluster, isRestricted ? strict : free, pod);
      expectGolden(`${shape} ${variant}`, admitted, golden, values);
    }
  }
  // A pod on the node's network or with its files can't be made a restricted one; nearly all others can.
  expect(new Set(inStrict).size).toBeGreaterThanOrEqual(shapes.length - 8);
});

/** The pods name one of their own; without it the API server refuses them whoever is asked before. */
async function makeAccounts({ core }: Cluster, namespaces: readonly string[]): Promise<void> {
  const body = { metadata: { name: 'cart' } };
  await Promise.all(namespaces.map((namespace) => core.createNamespacedServiceAccount({ namespace, body })));
}

/** What the golden files say, and what this release has in its place. */
async function valuesOfRelease(cluster: Cluster): Promise<ReadonlyMap<string, string>> {
  const { core, apps, settings } = cluster;
  const namespace = settings.releaseNamespace;
  const name = `${settings.release}-webhook`;
  const { spec } = await apps.readNamespacedDeployment({ name, namespace });
  const variables = new Map(spec?.template.spec?.containers[0]?.env?.map((one) => [one.name, one.value ?? '']));
  const secret = await core.readNamespacedSecret({ name: `${name}-tls`, namespace });
  const host = `${variables.get('AUTOPILOT_CONTROLLER_SERVICE')}.${namespace}.svc`;
  return new Map([
    [exampleAgent.image, variables.get('AUTOPILOT_AGENT_IMAGE') ?? ''],
    [exampleAgent.reportUrl, `https://${host}/v1/reports`],
    [exampleAgent.authorities, Buffer.from(secret.data?.['ca.crt'] ?? '', 'base64').toString()],
    [exampleAgent.cpuRequest, variables.get('AUTOPILOT_AGENT_CPU_REQUEST') ?? ''],
    [exampleAgent.cpuLimit, variables.get('AUTOPILOT_AGENT_CPU_LIMIT') ?? ''],
    [exampleAgent.memoryRequest, variables.get('AUTOPILOT_AGENT_MEMORY_REQUEST') ?? ''],
    [exampleAgent.memoryLimit, variables.get('AUTOPILOT_AGENT_MEMORY_LIMIT') ?? ''],
  ]);
}

/** The API server fills in its defaults beside what was asked for; of the injected parts nothing else may differ. */
function expectGolden(what: string, admitted: V1Pod, golden: Golden, values: ReadonlyMap<string, string>): void {
  if (golden.reason !== 'injected') {
    expect(admitted.spec?.initContainers ?? [], what).toHaveLength(golden.object.spec?.initContainers?.length ?? 0);
    return;
  }
  const patch = replaced(golden.patch, values) as jsonPatch.Operation[];
  const expected = jsonPatch.applyPatch(golden.object, patch, true, false).newDocument as V1Pod;
  expect(agentOf(admitted), what).toMatchObject(agentOf(expected) ?? {});
  expect(namesOf(admitted), what).toEqual(namesOf(expected));
  const tokenOf = ({ spec }: V1Pod) => spec?.volumes?.find(({ name }) => name === tokenVolumeName);
  expect(tokenOf(admitted), what).toMatchObject(tokenOf(expected) ?? {});
  expect(admitted.metadata?.annotations, what).toEqual(expected.metadata?.annotations);
  expect(admitted.spec?.affinity, what).toEqual(expected.spec?.affinity);
  expect(memoryOf(admitted), what).toEqual(memoryOf(expected));
  expect(admitted.spec?.shareProcessNamespace, what).toBe(expected.spec?.shareProcessNamespace);
}

/** Limit and request of each container; the API server makes the limit the request where there is none. */
function memoryOf({ spec }: V1Pod): readonly unknown[] {
  return (spec?.containers ?? []).map(({ name, resources: { limits, requests } = {} }) => {
    const limit = limits?.['memory'];
    return { name, limit, request: requests?.['memory'] ?? limit };
  });
}

function namesOf({ spec }: V1Pod): readonly string[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name);
}

function replaced(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return values.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, values)]));
}
