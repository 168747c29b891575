import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import { admitObject, exampleAgent, exampleContext, makePod, makeReview, patched } from '#test/support/admission.ts';
import { makeTestServer, post } from '#test/support/webhook-server.ts';
import { admit, type AdmissionContext } from '../admit.ts';
import { readLimitRange, readResourceQuota, type QuotaRule } from '../namespace-rules.ts';
import { parseReview, type AdmissionOutcome } from '../review.ts';

function admitRequest(
  object: unknown,
  request: object,
  context: AdmissionContext = exampleContext(),
): AdmissionOutcome {
  const parsed = parseReview(makeReview(object, request));
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  return admit(parsed.request, context);
}

function golden(shape: string): unknown {
  const text = readFileSync(new URL(`../golden/${shape}.review.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly request: { readonly object: unknown } }).request.object;
}

const agentOf = (pod: unknown): unknown =>
  (pod as { spec: { initContainers?: { name: string }[] } }).spec.initContainers?.find(
    ({ name }) => name === agentContainerName,
  );
const token = '/var/run/secrets/kubernetes.io/serviceaccount';
const annotated = (annotations: object, spec: object = {}): unknown => makePod(spec, { annotations });

test.each<[string, unknown, object, string]>([
  ['fault 7: another kind', makePod(), { kind: { group: '', version: 'v1', kind: 'ConfigMap' } }, 'not-a-pod'],
  ['fault 7: a subresource', makePod(), { subResource: 'ephemeralcontainers' }, 'not-a-pod'],
  ['fault 8: object null', null, {}, 'no-object'],
  ['fault 14: a pod that is injected already', golden('already-injected'), {}, 'already-injected'],
  ['fault 14: an agent renamed by a user', golden('renamed-agent'), {}, 'already-injected'],
  ['fault 14: a pod that is injected by half', golden('half-injected'), {}, 'volume-clash'],
  [
    'fault 15: a user’s container of our name',
    makePod({ containers: [{ name: agentContainerName }] }),
    {},
    'name-clash',
  ],
  [
    'fault 15: a user’s init container of our name',
    makePod({ initContainers: [{ name: agentContainerName }] }),
    {},
    'name-clash',
  ],
  [
    'fault 15: a user’s volume of our name',
    makePod({ volumes: [{ name: 'infra-autopilot-token' }] }),
    {},
    'volume-clash',
  ],
  [
    'fault 15: a user’s port like ours',
    makePod({ containers: [{ name: 'c', ports: [{ containerPort: 9615 }] }] }),
    {},
    'port-clash',
  ],
  [
    'fault 15: a probe of our port',
    makePod({ containers: [{ name: 'c', livenessProbe: { grpc: { port: 9615 } } }] }),
    {},
    'port-clash',
  ],
  ['fault 16: hostNetwork', golden('daemonset-host-network'), {}, 'host-network'],
  ['fault 17: Windows', golden('windows'), {}, 'windows'],
  ['fault 18: a mirror pod', golden('static-pod'), {}, 'mirror-pod'],
  ['fault 25: kube-system', makePod(), { namespace: 'kube-system' }, 'excluded-namespace'],
  ['fault 25: the release’s own namespace', makePod(), { namespace: 'infra-autopilot' }, 'excluded-namespace'],
])('%s is allowed without a patch', (_sentence, object, request, reason) => {
  expect(admitRequest(object, request)).toEqual({ reason, patch: [], warnings: [] });
});

test('fault 9: generateName and no namespace are injected, and the namespace is the request’s', () => {
  const pod = makePod();
  expect(pod['metadata']).not.toHaveProperty('name');
  expect(pod['metadata']).not.toHaveProperty('namespace');
  expect(admitRequest(pod, { namespace: 'shop' }).reason).toBe('injected');
  expect(admitRequest(pod, { namespace: 'kube-system' }).reason).toBe('excluded-namespace');
});

test('fault 10: without annotations, labels, volumes or initContainers the patch creates the parents', () => {
  const pod = golden('nothing-but-containers');
  expect(patched(pod, admitObject(pod))).toMatchObject({
    metadata: { annotations: { 'infra-autopilot.io/injected': exampleAgent.image } },
    spec: { volumes: [{ name: 'infra-autopilot-token' }], initContainers: [{ name: agentContainerName }] },
  });
});

test.each([
  ['odd keys', { 'a/b': '1', 'a~b': '2', 'a~1b': '3', '"': '4', 'ключ/é': '5', '': '6' }],
  ['nearly 256 KiB', { big: 'x'.repeat(261_000) }],
])('fault 11: annotations with %s are kept, and the patch applies', (_what, annotations) => {
  const pod = annotated(annotations);
  const outcome = admitObject(pod);
  expect(outcome.reason).toBe('injected');
  expect(patched(pod, outcome)).toMatchObject({ metadata: { annotations } });
});

describe('over HTTP', () => {
  const { server } = makeTestServer();

  test('fault 12: keys that would pollute prototypes do not, and the pod is injected', async () => {
    const pod = JSON.stringify(makePod({}, { annotations: { PROTO: 'x', constructor: 'y', prototype: 'z' } }));
    const body = JSON.stringify(makeReview({})).replace(
      '"object":{}',
      `"object":${pod.replace('PROTO', '__proto__')},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}`,
    );
    expect((await post(server, body)).json()).toMatchObject({ response: { auditAnnotations: { reason: 'injected' } } });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('fault 13: 10,000 containers or deep nesting are answered in less than 2 s', async () => {
    const depth = 500_000;
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const nested = JSON.stringify(makeReview(makePod())).replace('"cart:1"', deep);
    const containers = Array.from({ length: 10_000 }, (_, index) => ({ name: `c${index}` }));
    const many = JSON.stringify(makeReview(makePod({ containers })));
    for (const [body, reason] of [
      [nested, 'injected'],
      [many, 'too-large'],
    ] as const) {
      const startedAt = performance.now();
      expect((await post(server, body)).json()).toMatchObject({ response: { auditAnnotations: { reason } } });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });

  test('fault 23: a dry run gets the same patch', async () => {
    const answers = await Promise.all(
      [true, false].map(async (dryRun) =>
        (await post(server, JSON.stringify(makeReview(makePod(), { dryRun })))).json<object>(),
      ),
    );
    expect(answers[0]).toEqual(answers[1]);
  });
});

const restrictedNamespaceVariants: readonly [string, object, object][] = [
  ['plain', {}, {}],
  ['shared processes', { 'infra-autopilot.io/share-process-namespace': 'true' }, {}],
  ['cache', { 'infra-autopilot.io/cache-volumes': 'pages' }, { volumes: [{ name: 'pages', emptyDir: {} }] }],
];

test.each(restrictedNamespaceVariants)(
  'fault 19: the agent says all that the restricted standard asks of a container (%s)',
  (_variant, annotations, spec) => {
    const containers = [{ name: 'cart', volumeMounts: [{ name: 'pages', mountPath: '/pages' }] }];
    const pod = annotated(annotations, {
      securityContext: { runAsUser: 1000, runAsNonRoot: true },
      containers,
      ...spec,
    });
    const after = patched(pod, admitObject(pod));
    expect(agentOf(after)).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        privileged: false,
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(agentOf(after)).not.toHaveProperty('ports');
    expect(after).toMatchObject({
      spec: { volumes: expect.arrayContaining([{ name: 'infra-autopilot-token', projected: expect.anything() }]) },
    });
  },
);

test('the agent holds its own token where an API token would be mounted, whatever the pod says about its own', () => {
  for (const spec of [{}, { automountServiceAccountToken: true }, { automountServiceAccountToken: false }]) {
    const pod = makePod(spec);
    const agent = agentOf(patched(pod, admitObject(pod))) as { volumeMounts: object[] };
    expect(agent.volumeMounts).toEqual([{ name: 'infra-autopilot-token', mountPath: token, readOnly: true }]);
  }
});

test('fault 20: limits are set and pressed into a LimitRange, and what does not fit goes without the agent', () => {
  const limits = readLimitRange({
    spec: { limits: [{ type: 'Container', max: { memory: '96Mi' }, maxLimitRequestRatio: { cpu: 2 } }] },
  });
  const pod = makePod();
  expect(agentOf(patched(pod, admitObject(pod, exampleContext({ limits }))))).toMatchObject({
    resources: { limits: { cpu: '100m', memory: '96Mi' }, requests: { cpu: '50m', memory: '48Mi' } },
  });
  const tight = readLimitRange({ spec: { limits: [{ type: 'Container', max: { memory: '8Mi' } }] } });
  expect(admitObject(pod, exampleContext({ limits: tight })).reason).toBe('limit-range');
  const quota = readResourceQuota({ spec: { hard: { 'limits.memory': '100Mi' } } }) as QuotaRule;
  expect(admitObject(pod, exampleContext({ quotas: [quota] }))).toEqual({
    reason: 'resource-quota',
    patch: [],
    warnings: [],
  });
});

test.each(['job', 'cronjob'])(
  'fault 21: the agent of a %s does not outlive it: a native sidecar, the rest as it was',
  (shape) => {
    const pod = golden(shape) as { spec: object };
    const after = patched(pod, admitObject(pod));
    expect(agentOf(after)).toMatchObject({ restartPolicy: 'Always' });
    const { initContainers: _added, volumes: _ours, ...spec } = (after as { spec: Record<string, unknown> }).spec;
    expect(spec).toEqual(pod.spec);
  },
);

test('fault 22: a bad override gives the default and a warning', () => {
  const pod = annotated({ 'infra-autopilot.io/agent-memory-limit': 'lots' });
  const outcome = admitObject(pod);
  expect(outcome).toMatchObject({
    reason: 'injected',
    warnings: ['infra-autopilot: agent-memory-limit must be a quantity from 48Mi to 1Gi; the default is used'],
  });
  expect(agentOf(patched(pod, outcome))).toMatchObject({ resources: { limits: { memory: '128Mi' } } });
});

test('fault 24: what another injector adds after us is kept, and we add nothing again', () => {
  const pod = makePod();
  const ours = patched(pod, admitObject(pod)) as { spec: Record<string, object[]> };
  const proxy = { name: 'proxy', restartPolicy: 'Always', image: 'proxy:1' };
  const { initContainers = [], volumes = [] } = ours.spec;
  const theirs = {
    ...ours,
    spec: {
      ...ours.spec,
      initContainers: [proxy, ...initContainers],
      volumes: [{ name: 'x', emptyDir: {} }, ...volumes],
    },
  };
  expect(admitObject(theirs)).toEqual({ reason: 'already-injected', patch: [], warnings: [] });
});

test('fault 25: namespaces that the operator excludes get no patch, even if called', () => {
  const context = { ...exampleContext(), excludedNamespaces: ['infra-autopilot', 'vault'] };
  expect(admitRequest(makePod(), { namespace: 'vault' }, context).reason).toBe('excluded-namespace');
});
