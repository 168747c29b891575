import { describe, expect, test } from 'vitest';
import { makePod, makeReview } from '#test/support/admission.ts';
import type { AdmissionReason } from '#contract/admission.ts';
import { decideEligibility } from './eligibility.ts';
import { parseReview, type AdmissionRequest } from './review.ts';

function requestFor(object: unknown, request: object = {}): AdmissionRequest {
  const parsed = parseReview(makeReview(object, request));
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  return parsed.request;
}

const container = { name: 'cart', image: 'cart:1' };
const tokenMount = {
  name: 'infra-autopilot-token',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
};

describe('decideEligibility', () => {
  test.each<[string, AdmissionReason, unknown, object]>([
    ['another kind', 'not-a-pod', makePod(), { kind: { group: '', version: 'v1', kind: 'Service' } }],
    ['a subresource', 'not-a-pod', makePod(), { subResource: 'binding' }],
    ['an update', 'not-a-creation', makePod(), { operation: 'UPDATE' }],
    ['a request without an object', 'no-object', null, {}],
    ['kube-system', 'excluded-namespace', makePod(), { namespace: 'kube-system' }],
    ['cert-manager', 'excluded-namespace', makePod(), { namespace: 'cert-manager' }],
    ['our own namespace', 'excluded-namespace', makePod(), { namespace: 'autopilot-system' }],
    ['a pod without spec', 'malformed-pod', { metadata: {} }, {}],
    ['a pod without containers', 'malformed-pod', makePod({ containers: [] }), {}],
    ['annotations that are no text', 'malformed-pod', makePod({}, { annotations: { a: 1 } }), {}],
    ['volumes that are no list', 'malformed-pod', makePod({ volumes: {} }), {}],
    ['257 containers', 'too-large', makePod({ containers: Array.from({ length: 257 }, () => container) }), {}],
    ['a mirror pod', 'mirror-pod', makePod({}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }), {}],
    [
      'an annotation that opts out',
      'opted-out',
      makePod({}, { annotations: { 'infra-autopilot.io/inject': 'false' } }),
      {},
    ],
    ['the host’s network', 'host-network', makePod({ hostNetwork: true }), {}],
    ['Windows by os', 'windows', makePod({ os: { name: 'windows' } }), {}],
    ['Windows by node selector', 'windows', makePod({ nodeSelector: { 'kubernetes.io/os': 'windows' } }), {}],
    [
      'a user’s container of our name',
      'name-clash',
      makePod({ containers: [{ ...container, name: 'infra-autopilot-agent' }] }),
      {},
    ],
    ['a user’s volume of our name', 'volume-clash', makePod({ volumes: [{ name: 'infra-autopilot-token' }] }), {}],
    [
      'a user’s port like ours',
      'port-clash',
      makePod({ containers: [{ ...container, ports: [{ containerPort: 9615 }] }] }),
      {},
    ],
    ['resources of the whole pod', 'pod-resources', makePod({ resources: { limits: { memory: '1Gi' } } }), {}],
    [
      'our agent under another name',
      'already-injected',
      makePod({ initContainers: [{ name: 'renamed', volumeMounts: [tokenMount] }] }),
      {},
    ],
  ])('skips %s as %s', (_what, reason, object, request) => {
    expect(
      decideEligibility(requestFor(object, request), {
        excludedNamespaces: ['autopilot-system'],
        namespaceAnnotations: {},
      }),
    ).toEqual({ skip: reason });
  });

  test.each([
    ['a plain pod', makePod()],
    ['a pod with null where lists may be', makePod({ volumes: null, initContainers: null }, { annotations: null })],
    ['a pod that opts in', makePod({}, { annotations: { 'infra-autopilot.io/inject': 'true' } })],
    ['a copied annotation without the agent', makePod({}, { annotations: { 'infra-autopilot.io/injected': 'x' } })],
  ])('injects %s', (_what, object) => {
    expect(
      decideEligibility(requestFor(object), { excludedNamespaces: ['autopilot-system'], namespaceAnnotations: {} }),
    ).toHaveProperty('inject');
  });
});
