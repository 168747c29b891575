import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuantity } from '#contract/quantity.ts';
import { exampleAgent, makePod } from '#test/support/admission.ts';
import { planResources, type ResourcePlan } from './agent-resources.ts';
import { noRules, readLimitRange, readResourceQuota, type NamespaceRules, type QuotaRule } from './namespace-rules.ts';
import { readPod, type PodShape } from '#contract/pod-shape.ts';

const { cpuRequest, cpuLimit, memoryRequest, memoryLimit } = exampleAgent;
const amounts = {
  wanted: { cpuRequest, cpuLimit, memoryRequest, memoryLimit },
  least: { cpu: cpuRequest, memory: memoryRequest },
};

function plan(rules: Partial<NamespaceRules>, spec: object = {}): ResourcePlan {
  return planResources(readPod(makePod(spec)) as PodShape, amounts, { ...noRules, ...rules });
}

function limited(...limits: object[]): Partial<NamespaceRules> {
  return { limits: readLimitRange({ spec: { limits } }) };
}

function quota(hard: object, used: object = {}, spec: object = {}): Partial<NamespaceRules> {
  return { quotas: [readResourceQuota({ spec: { hard, ...spec }, status: { used } }) as QuotaRule] };
}

const guaranteed = { containers: [{ name: 'c', resources: { limits: { cpu: 1, memory: '1Gi' } } }] };
const asWritten = { limits: { cpu: '100m', memory: '128Mi' }, requests: { cpu: '10m', memory: '48Mi' } };
const limitRange = { skip: 'limit-range' };
const resourceQuota = { skip: 'resource-quota' };

describe('the agent’s resources', () => {
  test.each<[string, Partial<NamespaceRules>, object, unknown]>([
    ['as the chart says', {}, {}, { resources: asWritten }],
    [
      'equal in a Guaranteed pod',
      {},
      guaranteed,
      { resources: { limits: asWritten.limits, requests: asWritten.limits } },
    ],
    [
      'lowered to a maximum',
      limited({ type: 'Container', max: { cpu: '50m', memory: '64Mi' } }),
      {},
      { resources: { limits: { cpu: '50m', memory: '64Mi' }, requests: asWritten.requests } },
    ],
    [
      'raised to a minimum',
      limited({ type: 'Container', min: { cpu: '200m', memory: '200M' } }),
      {},
      { resources: { limits: { cpu: '200m', memory: '200000000' }, requests: { cpu: '200m', memory: '200000000' } } },
    ],
    [
      'requested in full where the ratio is 1',
      limited({ type: 'Container', maxLimitRequestRatio: { cpu: 1, memory: '1' } }),
      {},
      { resources: { limits: asWritten.limits, requests: asWritten.limits } },
    ],
    [
      'requested up to the ratio, rounded towards the limit',
      limited({ type: 'Container', maxLimitRequestRatio: { cpu: 3, memory: 2 } }),
      {},
      { resources: { limits: asWritten.limits, requests: { cpu: '34m', memory: '64Mi' } } },
    ],
    [
      'within the tightest of several',
      limited({ type: 'Container', max: { cpu: '70m' } }, { type: 'Container', max: { cpu: '60m', memory: '1Gi' } }),
      {},
      { resources: { limits: { cpu: '60m', memory: '128Mi' }, requests: asWritten.requests } },
    ],
    [
      'untouched by defaults, which are for containers without',
      limited({ type: 'Container', default: { cpu: 4 } }),
      {},
      { resources: asWritten },
    ],
    ['none below what the agent needs', limited({ type: 'Container', max: { memory: '16Mi' } }), {}, limitRange],
    [
      'none where bounds contradict each other',
      limited({ type: 'Container', min: { cpu: 1 }, max: { cpu: '20m' } }),
      {},
      limitRange,
    ],
    [
      'none where the pod as a whole grows too large',
      limited({ type: 'Pod', max: { memory: '1100Mi' } }),
      guaranteed,
      limitRange,
    ],
    [
      'there where the pod as a whole has room',
      limited({ type: 'Pod', max: { memory: '1152Mi' } }),
      guaranteed,
      { resources: { limits: asWritten.limits, requests: asWritten.limits } },
    ],
    [
      'none in a pod that is refused for its own sake, so that the agent doesn’t let it in',
      limited({ type: 'Pod', max: { memory: '1Gi' } }),
      {},
      limitRange,
    ],
    ['none in a pod below the minimum of pods', limited({ type: 'Pod', min: { memory: '40Mi' } }), {}, limitRange],
    [
      'none where the pod’s ratio would be broken',
      limited({ type: 'Pod', maxLimitRequestRatio: { memory: 1 } }),
      { containers: [{ name: 'c', resources: { limits: { memory: '1Gi' } } }] },
      limitRange,
    ],
  ])('are %s', (_what, rules, spec, expected) => {
    expect(plan(rules, spec)).toEqual(expected);
  });

  test.each<[string, Partial<NamespaceRules>, object, unknown]>([
    [
      'have room in a quota',
      quota({ 'requests.memory': '1Gi' }, { 'requests.memory': '900Mi' }),
      {},
      { resources: asWritten },
    ],
    [
      'fill a quota to the last byte',
      quota({ 'limits.memory': '228Mi' }, { 'limits.memory': '100Mi' }),
      {},
      { resources: asWritten },
    ],
    ['exceed a quota', quota({ 'limits.memory': '228Mi' }, { 'limits.memory': '101Mi' }), {}, resourceQuota],
    ['exceed a quota by the short name', quota({ cpu: '1' }, { cpu: '995m' }), {}, resourceQuota],
    ['exceed a quota together with the app', quota({ memory: '1100Mi' }), guaranteed, resourceQuota],
    [
      'hide behind an init container that takes more',
      quota({ memory: '256Mi' }),
      { initContainers: [{ name: 'i', resources: { requests: { memory: '200Mi' } } }] },
      { resources: asWritten },
    ],
    [
      'are not counted by a quota for ending pods',
      quota({ cpu: '1m' }, {}, { scopes: ['Terminating'] }),
      {},
      { resources: asWritten },
    ],
    [
      'are counted by it in an ending pod',
      quota({ cpu: '1m' }, {}, { scopes: ['Terminating'] }),
      { activeDeadlineSeconds: 9 },
      resourceQuota,
    ],
    [
      'are counted by a quota for lasting pods',
      quota({ cpu: '1m' }, {}, { scopes: ['NotTerminating', 'NotBestEffort'] }),
      {},
      resourceQuota,
    ],
    [
      'are not counted by a quota of another priority',
      quota(
        { cpu: '1m' },
        {},
        { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
      ),
      { priorityClassName: 'low' },
      { resources: asWritten },
    ],
    [
      'are counted by a quota of the same priority',
      quota(
        { cpu: '1m' },
        {},
        { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
      ),
      { priorityClassName: 'high' },
      resourceQuota,
    ],
  ])('%s', (_what, rules, spec, expected) => {
    expect(plan(rules, spec)).toEqual(expected);
  });

  test('have a limit that is never below their request', () => {
    const wanted = { cpuRequest: '250m', cpuLimit: '100m', memoryRequest: '48Mi', memoryLimit: '32Mi' };
    const pod = readPod(makePod()) as PodShape;
    expect(planResources(pod, { ...amounts, wanted }, noRules)).toEqual({
      resources: { limits: { cpu: '250m', memory: '48Mi' }, requests: { cpu: '250m', memory: '48Mi' } },
    });
  });

  test('of a quota that counts neither cpu nor memory are nobody’s business', () => {
    expect(readResourceQuota({ spec: { hard: { pods: '3', 'requests.storage': '1Gi' } } })).toBeUndefined();
  });

  test('keep whatever bounds a LimitRange sets, and a Guaranteed pod its class', () => {
    const quantity = fc.integer({ min: 1, max: 400 });
    const bounds = fc.record(
      { min: quantity, max: quantity, ratio: fc.integer({ min: 10, max: 80 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(bounds, fc.boolean(), ({ min, max, ratio }, isGuaranteed) => {
        const item = {
          type: 'Container',
          ...(min === undefined ? {} : { min: { cpu: `${min}m`, memory: `${min}Mi` } }),
          ...(max === undefined ? {} : { max: { cpu: `${max}m`, memory: `${max}Mi` } }),
          ...(ratio === undefined ? {} : { maxLimitRequestRatio: { cpu: ratio / 10, memory: ratio / 10 } }),
        };
        const given = plan(limited(item), isGuaranteed ? guaranteed : {});
        if (!('resources' in given)) return;
        for (const resource of ['cpu', 'memory'] as const) {
          const unit = resource === 'cpu' ? 1e-3 : 1_048_576;
          const limit = parseQuantity(given.resources.limits[resource]) ?? Number.NaN;
          const request = parseQuantity(given.resources.requests[resource]) ?? Number.NaN;
          const near = 1 + 1e-9;
          expect(request).toBeGreaterThan(0);
          expect(request).toBeLessThanOrEqual(limit * near);
          expect(limit * near).toBeGreaterThanOrEqual((min ?? 0) * unit);
          expect(request * near).toBeGreaterThanOrEqual((min ?? 0) * unit);
          expect(limit).toBeLessThanOrEqual((max ?? Infinity) * unit * near);
          expect(limit / request).toBeLessThanOrEqual(((ratio ?? Infinity) / 10) * near);
          expect(request === limit || !isGuaranteed).toBe(true);
        }
      }),
    );
  });
});
