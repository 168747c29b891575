import jsonPatch from 'fast-json-patch';
import { agentPowers } from '#contract/vocabulary.ts';
import { admit, type AdmissionContext } from '../../webhook/admit.ts';
import type { OverrideSource } from '../../webhook/apply-override.ts';
import { noRules, type NamespaceRules } from '../../webhook/namespace-rules.ts';
import type { Override } from '../../webhook/override.ts';
import { parseReview, type AdmissionOutcome } from '../../webhook/review.ts';

/** A pod as the API server sends it to a webhook; generateName and no namespace, as a ReplicaSet makes it. */
export function makePod(spec: object = {}, metadata: object = {}): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'cart-7d9c5b8f6-', ...metadata },
    spec: { containers: [{ name: 'cart', image: 'cart:1' }], ...spec },
  };
}

/** The AdmissionReview for the creation of an object. */
export function makeReview(object: unknown, request: object = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'shop',
      dryRun: false,
      object,
      oldObject: null,
      ...request,
    },
  };
}

/** Settings of injection with values that are easy to find again in a patch. */
export const exampleAgent = {
  image: 'registry.example/agent@sha256:0123',
  reportUrl: 'https://infra-autopilot-controller.infra-autopilot.svc/v1/reports',
  authorities: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  probeSeconds: 1,
  canRestartAll: false,
  cpuRequest: '10m',
  cpuLimit: '100m',
  memoryRequest: '48Mi',
  memoryLimit: '128Mi',
} as const;

/** Whose pods the golden shapes called overridden are. */
export const goldenOwner = { kind: 'ReplicaSet', name: 'cart-7d9c5b8f6', uid: 'over' } as const;

/** An override that gives the container `cart` 512Mi and keeps its pods off one node. */
export function exampleOverride(changes: Partial<Override> = {}): Override {
  return {
    namespace: 'shop',
    name: 'cart-more-memory',
    owner: { kind: 'ReplicaSet', name: 'cart-7d9c5b8f6', uid: 'owner-uid' },
    memory: [{ container: 'cart', limit: '512Mi', bytes: 512 * 2 ** 20 }],
    avoidNodes: ['node-7'],
    createdAt: Date.parse('2026-05-04T02:59:00Z'),
    expiresAt: Date.parse('2026-05-04T03:30:00Z'),
    ...changes,
  };
}

/** Overrides that are held, each found by the uid of its owner, at a time when all of them are fresh. */
export function exampleOverrides(overrides: readonly Override[] = []): OverrideSource {
  return {
    overridesOf: (uid) => overrides.filter(({ owner }) => owner.uid === uid),
    caps: { maximumMemory: 8 * 2 ** 30, maximumFactor: 4 },
    now: Date.parse('2026-05-04T03:00:00Z'),
  };
}

/** What the webhook knows when it has its certificates and no namespace says anything. */
export function exampleContext(rules: Partial<NamespaceRules> = {}): AdmissionContext {
  return {
    excludedNamespaces: ['infra-autopilot'],
    agent: exampleAgent,
    proven: { agent: true, powers: new Set(agentPowers) },
    rulesOf: () => ({ ...noRules, ...rules }),
    holdOf: () => undefined,
    overrides: exampleOverrides(),
  };
}

/** What becomes of the creation of an object. */
export function admitObject(object: unknown, context: AdmissionContext = exampleContext()): AdmissionOutcome {
  const parsed = parseReview(makeReview(object));
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  return admit(parsed.request, context);
}

/** The object as the API server has it after the patch; the given one stays as it is. */
export function patched(object: unknown, { patch }: AdmissionOutcome): unknown {
  return jsonPatch.applyPatch(object, [...patch] as jsonPatch.Operation[], true, false).newDocument;
}
