import jsonPatch from 'fast-json-patch';
import { admit, type AdmissionContext } from '../../webhook/admit.ts';
import { noRules, type NamespaceRules } from '../../webhook/namespace-rules.ts';
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

/** What the webhook knows when it has its certificates and no namespace says anything. */
export function exampleContext(rules: Partial<NamespaceRules> = {}): AdmissionContext {
  return {
    excludedNamespaces: ['infra-autopilot'],
    agent: exampleAgent,
    rulesOf: () => ({ ...noRules, ...rules }),
    holdOf: () => undefined,
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
