import type { FromSchema } from 'json-schema-to-ts';
import { conditionSchema, conditionsSchema } from './condition.ts';
import type { Frozen } from './incident.ts';

/** Why a policy is not used as it is written: reasons of its condition `Accepted`, and of the problems of a snapshot. */
export const policyProblems = [
  'UnknownHandler',
  'InvalidSettings',
  'HandlerDoesNotFit',
  'InvalidSchedule',
  'InvalidTimeZone',
  'InvalidSelector',
] as const;
export type PolicyProblem = (typeof policyProblems)[number];

/** `Accepted`: whether all of it can be used. `Effective`: whether it holds for any workload. */
export const policyConditionTypes = ['Accepted', 'Effective'] as const;

const policyConditionSchema = conditionSchema('policy', 'Accepted or Effective');

/** What the controller makes of the policy. */
export const policyStatusSchema = {
  type: 'object',
  description: 'What the controller makes of the policy.',
  additionalProperties: false,
  properties: {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'Generation of the policy that this status is about.',
      minimum: 0,
    },
    conditions: conditionsSchema(
      'Accepted: whether all of the policy can be used. Effective: whether it holds for any workload, and what overrides it otherwise.',
      policyConditionSchema,
    ),
    workloads: { type: 'integer', description: 'Workloads that it holds for.', minimum: 0 },
    podsWithoutAgent: {
      type: 'integer',
      description: 'Pods of those workloads that should carry the agent and do not.',
      minimum: 0,
    },
  },
} as const;

export type PolicyCondition = Frozen<FromSchema<typeof policyConditionSchema>>;
export type PolicyStatus = Frozen<FromSchema<typeof policyStatusSchema>>;
