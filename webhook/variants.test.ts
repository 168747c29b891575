import { describe, expect, test } from 'vitest';
import { exampleAgent, exampleContext, makePod, makeReview } from '#test/support/admission.ts';
import { isObject, type JsonObject } from '#contract/json.ts';
import type { AgentPower } from '#contract/vocabulary.ts';
import { admit } from './admit.ts';
import { parseReview } from './review.ts';
import { leftOut, patchVariants, variantTemplate, type PatchVariant } from './variants.ts';

const agent = { ...exampleAgent, canRestartAll: true };

function template(variant: PatchVariant): JsonObject {
  const made = variantTemplate(variant, agent);
  if (made === undefined) throw new TypeError(`no template for ${variant}`);
  return made;
}

describe('the template of a variant', () => {
  test.each([
    ['agent', { shareProcessNamespace: undefined, mounts: 1, rules: undefined }],
    ['restart-container', { shareProcessNamespace: true, mounts: 1, rules: undefined }],
    ['clear-cache', { shareProcessNamespace: undefined, mounts: 2, rules: undefined }],
    ['restart-all', { shareProcessNamespace: undefined, mounts: 1, rules: 1 }],
  ] as const)('%s is what injection makes of a pod', (variant, { shareProcessNamespace, mounts, rules }) => {
    const { spec } = template(variant)['template'] as {
      spec: { shareProcessNamespace?: boolean; initContainers: object[] };
    };
    const [container] = spec.initContainers as {
      image: string;
      volumeMounts: object[];
      restartPolicyRules?: object[];
    }[];
    expect(container?.image).toBe(agent.image);
    expect([spec.shareProcessNamespace, container?.volumeMounts.length, container?.restartPolicyRules?.length]).toEqual(
      [shareProcessNamespace, mounts, rules],
    );
  });

  test('is none where the chart’s values give it to nobody', () => {
    expect(variantTemplate('restart-all', exampleAgent)).toBeUndefined();
  });
});

describe('what the API server left out', () => {
  test.each(patchVariants)('is nothing where it answers %s with defaults filled in', (variant) => {
    const sent = template(variant);
    const answered = JSON.parse(JSON.stringify(sent), (_key, value: unknown) =>
      isObject(value) ? { ...value, filledIn: true } : value,
    ) as JsonObject;
    expect(leftOut(sent, answered)).toBeUndefined();
  });

  test.each([
    ['restart-all', 'restartPolicyRules', 'spec.agent.restartPolicyRules'],
    ['agent', 'restartPolicy', 'spec.agent.restartPolicy'],
    ['restart-container', 'shareProcessNamespace', 'spec.shareProcessNamespace'],
    ['clear-cache', 'volumeMounts', 'spec.agent.volumeMounts'],
    ['agent', 'initContainers', 'spec.agent.name'],
  ] as const)('of %s without %s is named', (variant, field, path) => {
    const sent = template(variant);
    const answered = JSON.parse(JSON.stringify(sent), (key, value: unknown) =>
      key === field ? undefined : value,
    ) as JsonObject;
    expect(leftOut(sent, answered)).toBe(path);
  });

  test('is a list of another length, or another value', () => {
    const sent = template('clear-cache');
    const shorter = JSON.parse(JSON.stringify(sent), (key, value: unknown) =>
      key === 'volumeMounts' ? [] : value,
    ) as JsonObject;
    expect(leftOut(sent, shorter)).toBe('spec.agent.volumeMounts');
    const other = JSON.parse(JSON.stringify(sent).replaceAll('"Always"', '"OnFailure"')) as JsonObject;
    expect(leftOut(sent, other)).toBe('spec.agent.restartPolicy');
  });
});

test('a pod is admitted as it is while the API server refuses the agent', () => {
  const parsed = parseReview(makeReview(makePod()));
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  const context = { ...exampleContext(), proven: { agent: false, powers: new Set<AgentPower>() } };
  expect(admit(parsed.request, context)).toEqual({ reason: 'agent-refused', patch: [], warnings: [] });
});
