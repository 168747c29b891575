import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { admitObject, exampleAgent, exampleContext, makePod, makeReview, patched } from '#test/support/admission.ts';
import { admit } from './admit.ts';
import { probesVariable } from './agent-container.ts';
import { escapePointer } from './patch.ts';
import { parseReview } from './review.ts';

/** Any JSON now and then, else what belongs there: both the checks and what lies behind them are met. */
function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: fc.jsonValue() });
}

const anyContainer = fc.record(
  {
    name: mostly(fc.string()),
    ports: mostly(fc.array(fc.record({ name: fc.string(), containerPort: fc.integer() }))),
    resources: mostly(fc.record({ limits: mostly(fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.string())) })),
    volumeMounts: fc.oneof(fc.jsonValue(), fc.constant([{ name: 'a', mountPath: '/a' }])),
    livenessProbe: mostly(fc.record({ httpGet: fc.record({ port: mostly(fc.integer()), path: fc.string() }) })),
  },
  { requiredKeys: [] },
);

const anyAnnotations = fc.oneof(
  fc.dictionary(fc.string(), fc.string()),
  fc.record(
    {
      'infra-autopilot.io/share-process-namespace': fc.constantFrom('true', 'false'),
      'infra-autopilot.io/cache-volumes': fc.oneof(fc.constant('a'), fc.string()),
      'infra-autopilot.io/cache-paths': fc.oneof(fc.constant('a/b'), fc.string()),
    },
    { requiredKeys: [] },
  ),
);

const anyPod = fc.record(
  {
    metadata: mostly(fc.record({ annotations: mostly(anyAnnotations) }, { requiredKeys: [] })),
    spec: mostly(
      fc.record(
        {
          shareProcessNamespace: fc.jsonValue(),
          securityContext: mostly(fc.record({ runAsUser: mostly(fc.integer()) })),
          containers: mostly(fc.array(anyContainer, { minLength: 1, maxLength: 4 })),
          initContainers: mostly(fc.array(anyContainer, { maxLength: 3 })),
          volumes: mostly(
            fc.array(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.constant({ name: 'a', emptyDir: {} })), {
              maxLength: 3,
            }),
          ),
        },
        { requiredKeys: ['containers'] },
      ),
    ),
  },
  { requiredKeys: ['spec'] },
);

describe('the patch', () => {
  test('applies to whatever it was made for, and a second run gives none', () => {
    let injected = 0;
    fc.assert(
      fc.property(fc.oneof(anyPod, fc.jsonValue()), (object) => {
        // What arrives has been through JSON; fast-check's objects may have no prototype.
        const sent: unknown = JSON.parse(JSON.stringify(object));
        const outcome = admitObject(sent);
        if (outcome.patch.length === 0) return;
        injected += 1;
        const before = JSON.stringify(sent);
        const newDocument = patched(sent, outcome);
        expect(JSON.stringify(sent)).toBe(before);
        expect(admitObject(newDocument)).toMatchObject({ reason: 'already-injected', patch: [] });
      }),
      { numRuns: 2000 },
    );
    expect(injected).toBeGreaterThan(100);
  });

  test('keeps every container, volume and annotation of the user', () => {
    const annotations = { 'a/b~c': '"é', 'kubectl.kubernetes.io/default-container': 'log' };
    const pod = makePod({ initContainers: [{ name: 'first' }], volumes: [{ name: 'data' }] }, { annotations });
    expect(patched(pod, admitObject(pod))).toMatchObject({
      metadata: { annotations: { ...annotations, 'infra-autopilot.io/injected': exampleAgent.image } },
      spec: {
        initContainers: [{ name: 'first' }, { name: 'infra-autopilot-agent' }],
        volumes: [{ name: 'data' }, { name: 'infra-autopilot-token' }],
      },
    });
  });

  test('is not made where the annotations leave no room for ours', () => {
    const almostFull = { annotations: { big: 'x'.repeat(262_144 - 10) } };
    expect(admitObject(makePod({}, almostFull))).toEqual({ reason: 'too-large', patch: [], warnings: [] });
  });

  test('is not made where the probes would not fit into an environment variable', () => {
    const livenessProbe = { httpGet: { port: 80, path: `/${'x'.repeat(100_000)}` } };
    expect(admitObject(makePod({ containers: [{ name: 'cart', livenessProbe }] })).reason).toBe('too-large');
  });

  test('is not made before there is an authority to hand out', () => {
    const parsed = parseReview(makeReview(makePod()));
    if ('problem' in parsed) throw new TypeError(parsed.problem);
    expect(admit(parsed.request, { ...exampleContext(), agent: undefined }).reason).toBe('not-ready');
  });

  test('warns about probes that are left out', () => {
    const livenessProbe = { tcpSocket: { port: 1 } };
    const containers = Array.from({ length: 65 }, (_, index) => ({ name: `c${index}`, livenessProbe }));
    expect(admitObject(makePod({ containers })).warnings).toEqual([
      'infra-autopilot: 1 probes are beyond what an agent watches and are left out',
    ]);
  });
});

test('a pointer escapes the tilde before the slash', () => {
  expect(escapePointer('a/b~1')).toBe('a~1b~01');
});

test('nothing in a probe’s path is expanded by the kubelet, and the agent reads it as it was', () => {
  fc.assert(
    fc.property(fc.string(), (path) => {
      const target = {
        container: 'c',
        probe: 'liveness' as const,
        action: { type: 'http' as const, scheme: 'http' as const, port: 1, path: `/$(HOME)$$${path}`, headers: [] },
        periodSeconds: 1,
        timeoutSeconds: 1,
        failureThreshold: 1,
      };
      const variable = probesVariable([target]);
      expect(variable).not.toContain('$');
      expect(JSON.parse(variable)).toEqual([target]);
    }),
  );
});
