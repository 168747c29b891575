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
  cpuRequest: '10m',
  cpuLimit: '100m',
  memoryRequest: '48Mi',
  memoryLimit: '128Mi',
} as const;
