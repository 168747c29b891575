import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admitObject,
  exampleContext,
  exampleOverride,
  exampleOverrides,
  makePod,
  patched,
} from '#test/support/admission.ts';
import { fuzzRuns } from '#test/support/settings.ts';
import { parseQuantity } from '#contract/quantity.ts';
import type { AdmissionContext } from './admit.ts';
import { readLimitRange, readResourceQuota, type NamespaceRules, type QuotaRule } from './namespace-rules.ts';
import type { Override } from './override.ts';
import { isGuaranteed } from './quality-of-service.ts';

const mark = 'infra-autopilot.io/override';
const ownerReferences = [
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart-7d9c5b8f6', uid: 'owner-uid', controller: true },
];

function podWith(resources: object, spec: object = {}, metadata: object = {}) {
  return makePod(
    { containers: [{ name: 'cart', image: 'cart:1', resources }], ...spec },
    { ownerReferences, ...metadata },
  );
}

const burstable = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '256Mi' } };

function contextWith(override: Override = exampleOverride(), rules: Partial<NamespaceRules> = {}): AdmissionContext {
  return { ...exampleContext({ acts: true, ...rules }), overrides: exampleOverrides([override]) };
}

/* eslint-disable typescript/no-explicit-any -- whatever shape a pod has */
function overridden(pod: unknown, context: AdmissionContext = contextWith()) {
  const outcome = admitObject(pod, context);
  const result = patched(pod, outcome) as any;
  return { outcome, pod: result, cart: result.spec.containers[0], mark: result.metadata?.annotations?.[mark] };
}

const memoryOnly = exampleOverride({ avoidNodes: [] });
const nodesOnly = exampleOverride({ memory: [] });

describe('an override of memory', () => {
  test('raises the limit, says so on the pod, and leaves a lower request and all else as it was', () => {
    const { outcome, cart, mark: name } = overridden(podWith(burstable), contextWith(memoryOnly));
    expect(cart.resources).toEqual({ requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '512Mi' } });
    expect(name).toBe('cart-more-memory');
    expect(outcome).toMatchObject({ reason: 'injected', override: { name: 'cart-more-memory', problems: [] } });
  });

  test.each([
    ['a request that is the limit', { limits: { cpu: '1', memory: '256Mi' }, requests: { cpu: '1', memory: '256Mi' } }],
    ['no request, which is the limit too', { limits: { cpu: '1', memory: '256Mi' } }],
  ])('raises %s with it, so that the pod stays Guaranteed', (_what, resources) => {
    const { pod, cart } = overridden(podWith(resources), contextWith(memoryOnly));
    expect(cart.resources).toMatchObject({ limits: { memory: '512Mi' }, requests: { memory: '512Mi' } });
    expect(isGuaranteed({ ...pod, containers: pod.spec.containers, initContainers: pod.spec.initContainers })).toBe(
      true,
    );
  });

  test('raises a request as far as the ratio of a LimitRange asks', () => {
    const limits = readLimitRange({ spec: { limits: [{ type: 'Container', maxLimitRequestRatio: { memory: 4 } }] } });
    const { cart } = overridden(podWith(burstable), contextWith(memoryOnly, { limits }));
    expect(cart.resources.requests.memory).toBe('128Mi');
  });

  test('reaches a native sidecar, and every container that it names or none', () => {
    const initContainers = [{ name: 'proxy', image: 'p:1', restartPolicy: 'Always', resources: burstable }];
    const both = [...memoryOnly.memory, { container: 'proxy', limit: '300Mi', bytes: 300 * 2 ** 20 }];
    const { pod } = overridden(
      podWith(burstable, { initContainers }),
      contextWith(exampleOverride({ memory: both, avoidNodes: [] })),
    );
    expect(pod.spec.initContainers[0].resources.limits.memory).toBe('300Mi');
    const none = overridden(podWith(burstable), contextWith(exampleOverride({ memory: both, avoidNodes: [] })));
    expect([none.cart.resources, none.mark]).toEqual([burstable, undefined]);
    expect(none.outcome.override?.problems).toEqual(['UnknownContainer']);
  });

  const quota = readResourceQuota({
    spec: { hard: { 'limits.memory': '600Mi' } },
    status: { used: { 'limits.memory': '200Mi' } },
  }) as QuotaRule;
  const range = (limit: object) => ({ limits: readLimitRange({ spec: { limits: [limit] } }) });
  test.each<[string, string, object, Partial<NamespaceRules>, object]>([
    ['a limit that is as high', 'NotMoreMemory', { limits: { memory: '512Mi' } }, {}, {}],
    ['a higher limit', 'NotMoreMemory', { limits: { memory: '1Gi' } }, {}, {}],
    ['no limit', 'NotMoreMemory', {}, {}, {}],
    ['a limit that is no amount', 'NotMoreMemory', { limits: { memory: 'lots' } }, {}, {}],
    ['a limit of less than a quarter', 'AboveCap', { limits: { memory: '127Mi' } }, {}, {}],
    [
      'a LimitRange for containers',
      'LimitRange',
      burstable,
      range({ type: 'Container', max: { memory: '511Mi' } }),
      {},
    ],
    ['a LimitRange for pods', 'LimitRange', burstable, range({ type: 'Pod', max: { memory: '511Mi' } }), {}],
    ['a quota', 'ResourceQuota', burstable, { quotas: [quota] }, {}],
    ['resources of the whole pod', 'PodResources', burstable, {}, { resources: { limits: { memory: '300Mi' } } }],
  ])('does nothing to a pod with %s: %s', (_what, problem, resources, rules, spec) => {
    const pod = podWith(resources, spec);
    const { outcome, cart, mark: name } = overridden(pod, contextWith(memoryOnly, rules));
    expect(outcome.override).toEqual({ problems: [problem] });
    expect([cart.resources, name]).toEqual([resources, undefined]);
  });

  test('leaves the agent out where both together do not fit: the remedy is what the pod needs', () => {
    const hard = { 'limits.memory': '600Mi' };
    const tight = readResourceQuota({ spec: { hard }, status: { used: { 'limits.memory': '0' } } }) as QuotaRule;
    const { outcome, cart } = overridden(podWith(burstable), contextWith(memoryOnly, { quotas: [tight] }));
    expect([outcome.reason, cart.resources.limits.memory]).toEqual(['resource-quota', '512Mi']);
  });
});

describe('an override of nodes', () => {
  const avoidance = {
    weight: 100,
    preference: { matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-7'] }] },
  };
  const list = 'preferredDuringSchedulingIgnoredDuringExecution';

  test('prefers every other node and requires none', () => {
    const { pod, mark: name } = overridden(podWith(burstable), contextWith(nodesOnly));
    expect(pod.spec.affinity).toEqual({ nodeAffinity: { [list]: [avoidance] } });
    expect(name).toBe('cart-more-memory');
  });

  test('adds to the affinity that is there', () => {
    const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] };
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required, [list]: [{ weight: 1 }] };
    const affinity = { podAffinity: {}, nodeAffinity };
    const { pod } = overridden(podWith(burstable, { affinity }), contextWith(nodesOnly));
    expect(pod.spec.affinity).toEqual({
      podAffinity: {},
      nodeAffinity: { ...nodeAffinity, [list]: [{ weight: 1 }, avoidance] },
    });
  });

  test.each([
    ['text', 'x'],
    ['a list inside', { nodeAffinity: [] }],
    ['a text inside', { nodeAffinity: { [list]: 'x' } }],
  ])('leaves an affinity alone that the API server refuses: %s', (_what, affinity) => {
    const { pod, mark: name } = overridden(podWith(burstable, { affinity }), contextWith(nodesOnly));
    expect([pod.spec.affinity, name]).toEqual([affinity, undefined]);
  });

  test('holds where the memory can not be raised', () => {
    const { outcome, pod } = overridden(podWith({}));
    expect(outcome.override).toEqual({ name: 'cart-more-memory', problems: ['NotMoreMemory'] });
    expect(pod.spec.affinity.nodeAffinity[list]).toEqual([avoidance]);
  });
});

describe('an override', () => {
  test.each<[string, string, Partial<NamespaceRules>, object]>([
    ['a namespace that only observes', 'Observing', { acts: false }, {}],
    ['a paused namespace', 'Paused', { annotations: { 'infra-autopilot.io/paused': 'true' } }, {}],
    ['a paused pod', 'Paused', {}, { annotations: { 'infra-autopilot.io/paused': 'true' } }],
  ])('does nothing in %s: %s', (_what, problem, rules, metadata) => {
    const { outcome, cart } = overridden(podWith(burstable, {}, metadata), contextWith(exampleOverride(), rules));
    expect(outcome.override).toEqual({ problems: [problem] });
    expect(cart.resources).toEqual(burstable);
  });

  test.each([
    ['has expired', { expiresAt: exampleOverrides().now }],
    ['names another owner', { owner: { kind: 'ReplicaSet', name: 'cart-7d9c5b8f6', uid: 'other' } }],
  ])('that %s is as if it were not there', (_what, changes) => {
    const { outcome } = overridden(podWith(burstable), contextWith(exampleOverride(changes)));
    expect(outcome).toEqual(admitObject(podWith(burstable), exampleContext({ acts: true })));
  });

  test('changes a pod that gets no agent as well', () => {
    for (const [spec, metadata, reason] of [
      [{ hostNetwork: true }, {}, 'host-network'],
      [{}, { annotations: { 'infra-autopilot.io/inject': 'false' } }, 'opted-out'],
    ] as const) {
      const { outcome, cart } = overridden(podWith(burstable, spec, metadata));
      expect([outcome.reason, cart.resources.limits.memory]).toEqual([reason, '512Mi']);
    }
    const held = overridden(podWith(burstable), { ...contextWith(), holdOf: () => 'injection-suspended' });
    expect([held.outcome.reason, held.mark]).toEqual(['injection-suspended', 'cart-more-memory']);
  });

  test('never touches what is no new pod of a namespace that may be touched', () => {
    const mirror = podWith(burstable, {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
    expect(admitObject(mirror, contextWith()).patch).toEqual([]);
    const elsewhere = { ...contextWith(), excludedNamespaces: ['shop'] };
    expect(admitObject(podWith(burstable), elsewhere)).toEqual({
      reason: 'excluded-namespace',
      patch: [],
      warnings: [],
    });
  });
});

const amount = fc.constantFrom('64Mi', '100M', '256Mi', '500Mi', '1Gi', '2500Mi', '0', 'lots', '-1');
const resources = fc.record(
  {
    requests: fc.record({ memory: amount }, { requiredKeys: [], noNullPrototype: true }),
    limits: fc.record({ memory: amount }, { requiredKeys: [], noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const raise = fc.record({
  container: fc.constantFrom('cart', 'cart', 'cart', 'log', 'log', 'no'),
  mebibytes: fc.integer({ min: 1, max: 5000 }),
});

interface Resources {
  readonly requests?: { readonly memory?: string };
  readonly limits?: { readonly memory?: string };
}

/** What an override must never do to the memory of a container that declares what is given first. */
function wrongIn(before: Resources, after: Resources): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  const limitOf = (one: Resources) => parseQuantity(one.limits?.memory) ?? 0;
  const requestOf = (one: Resources) => parseQuantity(one.requests?.memory ?? one.limits?.memory) ?? 0;
  const rules: readonly (readonly [string, boolean])[] = [
    ['the limit is not raised', limitOf(after) <= limitOf(before)],
    ['the limit is above its cap', limitOf(after) > limitOf(before) * 4],
    ['the request is lowered', requestOf(after) < requestOf(before)],
    ['the request is above its limit', requestOf(before) <= limitOf(before) && requestOf(after) > limitOf(after)],
  ];
  return rules.filter(([, isBroken]) => isBroken).map(([rule]) => rule);
}

test(
  `an override of ${fuzzRuns} random ones never lowers memory, never passes a cap, changes nothing else, and is done once`,
  { timeout: 60_000 + fuzzRuns * 5 },
  () => {
    let raised = 0;
    const property = fc.property(
      fc.tuple(resources, resources),
      fc.uniqueArray(raise, { selector: ({ container }) => container, minLength: 1, maxLength: 2 }),
      fc.constantFrom<string[]>([], ['node-7'], ['a', 'b']),
      ([cart, log], raises, avoid) => {
        const memory = raises.map(({ container, mebibytes }) => ({
          container,
          limit: `${mebibytes}Mi`,
          bytes: mebibytes * 2 ** 20,
        }));
        const context = contextWith(exampleOverride({ memory, avoidNodes: avoid }));
        const containers = [
          { name: 'cart', image: 'c:1', resources: cart },
          { name: 'log', image: 'l:1', resources: log },
        ];
        const given = makePod({ containers }, { ownerReferences });
        const { outcome, pod, mark: name } = overridden(given, context);
        for (const [at, before] of [cart, log].entries()) {
          const { resources: after, ...rest } = pod.spec.containers[at];
          expect(rest).toEqual({ name: containers[at]?.name, image: containers[at]?.image });
          expect(wrongIn(before, after)).toEqual([]);
          if (!isDeepStrictEqual(before, after)) raised += 1;
        }
        expect(name).toBe(outcome.override?.name);
        expect(admitObject(pod, context).patch).toEqual([]);
      },
    );
    fc.assert(property, { numRuns: fuzzRuns });
    // Otherwise nothing but refusals would have been tried.
    expect(raised / fuzzRuns).toBeGreaterThan(0.05);
  },
);
