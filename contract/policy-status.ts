import type { FromSchema } from 'json-schema-to-ts';
import { maximumMessageCharacters, type Frozen } from './incident.ts';

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

const conditionSchema = {
  type: 'object',
  description: 'One aspect of the policy’s state, as Kubernetes’ own conditions.',
  additionalProperties: false,
  required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
  properties: {
    type: { type: 'string', description: 'Accepted or Effective.', maxLength: 316 },
    status: { type: 'string', description: 'True, False or Unknown.', enum: ['True', 'False', 'Unknown'] },
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'Generation of the policy that the condition is about.',
      minimum: 0,
    },
    lastTransitionTime: { type: 'string', format: 'date-time', description: 'When the status changed last.' },
    reason: { type: 'string', description: 'Machine name of why.', minLength: 1, maxLength: 1024 },
    message: { type: 'string', description: 'A sentence for people.', maxLength: maximumMessageCharacters },
  },
} as const;

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
    conditions: {
      type: 'array',
      description:
        'Accepted: whether all of the policy can be used. Effective: whether it holds for any workload, and what overrides it otherwise.',
      maxItems: 8,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: conditionSchema,
    },
    workloads: { type: 'integer', description: 'Workloads that it holds for.', minimum: 0 },
    podsWithoutAgent: {
      type: 'integer',
      description: 'Pods of those workloads that should carry the agent and do not.',
      minimum: 0,
    },
  },
} as const;

export type PolicyCondition = Frozen<FromSchema<typeof conditionSchema>>;
export type PolicyStatus = Frozen<FromSchema<typeof policyStatusSchema>>;
