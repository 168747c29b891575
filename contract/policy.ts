import type { FromSchema } from 'json-schema-to-ts';
import type { Frozen } from './incident.ts';
import { labelSelectorSchema } from './label-selector.ts';
import { ladderSchema, windowSchema } from './policy-ladder.ts';
import { policyModes, recreateModes, sinkNames } from './vocabulary.ts';

/** Names of the custom resource that says how the workloads of its own namespace are healed. */
export const policyResource = {
  kind: 'RemediationPolicy',
  plural: 'remediationpolicies',
  singular: 'remediationpolicy',
  shortName: 'rpol',
} as const;

/** Names of the custom resource that says it for many namespaces; a namespace's own policies win over it. */
export const clusterPolicyResource = {
  kind: 'ClusterRemediationPolicy',
  plural: 'clusterremediationpolicies',
  singular: 'clusterremediationpolicy',
  shortName: 'crpol',
} as const;

/** Said of each field that the operator's values stand in for, so that a default here can not go stale. */
const operators = 'Absent: the value that the operator set in the chart.';

/** How the selected workloads are healed. The most specific policy that selects a workload holds, as a whole. */
export const policySpecSchema = {
  type: 'object',
  description:
    'How the selected workloads are healed. Of several policies that select a workload the most specific one holds, as a whole.',
  additionalProperties: false,
  properties: {
    selector: {
      ...labelSelectorSchema,
      description: 'Which workloads, by the labels of their pods. Absent or empty: all.',
    },
    mode: {
      type: 'string',
      description:
        '"Off" (YAML needs the quotes): nothing is recorded or done. Observe: what would be done is recorded and told, not done. Approve: a person approves each action. Act: actions are taken. A namespace that only observes never acts, whatever is said here.',
      enum: policyModes,
      default: 'Act',
    },
    ladders: {
      type: 'array',
      description: 'Remedies by failure class. A class that no ladder names keeps the built-in ladder.',
      maxItems: 16,
      'x-kubernetes-list-type': 'atomic',
      items: ladderSchema,
      'x-kubernetes-validations': [
        {
          rule: 'self.all(ladder, ladder.failureClasses.all(class, self.filter(other, class in other.failureClasses).size() == 1))',
          message: 'a failure class may be in one ladder only',
        },
      ],
    },
    budget: {
      type: 'object',
      description: 'How much may be done.',
      additionalProperties: false,
      properties: {
        actionsPerHour: {
          type: 'integer',
          description: `Most actions in the namespace within an hour; 0 allows none. ${operators}`,
          minimum: 0,
          maximum: 1_000,
        },
      },
    },
    cooldown: {
      type: 'object',
      description: 'Rest between two actions on one workload.',
      additionalProperties: false,
      properties: {
        seconds: {
          type: 'integer',
          description: `Wait after the first action on a workload; it doubles with each further one. ${operators}`,
          minimum: 1,
          maximum: 86_400,
        },
        maximumSeconds: {
          type: 'integer',
          description: `Longest that the doubled wait gets. ${operators}`,
          minimum: 1,
          maximum: 86_400,
        },
      },
      'x-kubernetes-validations': [
        {
          rule: '!has(self.seconds) || !has(self.maximumSeconds) || self.maximumSeconds >= self.seconds',
          message: 'cooldown.maximumSeconds must be at least cooldown.seconds',
        },
      ],
    },
    breaker: {
      type: 'object',
      description: 'When a workload fails in too many of its pods for acting on them to help.',
      additionalProperties: false,
      properties: {
        percentage: {
          type: 'integer',
          description: `Share of a workload’s pods, in percent, from which on nothing more is done. ${operators}`,
          minimum: 1,
          maximum: 100,
        },
        minimumPods: {
          type: 'integer',
          description: `Failing pods below which the share does not count. ${operators}`,
          minimum: 1,
          maximum: 1_000,
        },
        halfOpenSeconds: {
          type: 'integer',
          description: `After this time one action is tried; if it helps, the breaker closes. ${operators}`,
          minimum: 10,
          maximum: 86_400,
        },
      },
    },
    verification: {
      type: 'object',
      description: 'When an action counts as having helped.',
      additionalProperties: false,
      properties: {
        healthySeconds: {
          type: 'integer',
          description: `How long the workload must be healthy before its incident is resolved. ${operators}`,
          minimum: 1,
          maximum: 3_600,
        },
        timeoutSeconds: {
          type: 'integer',
          description: `How long that may take before the next attempt. ${operators}`,
          minimum: 1,
          maximum: 86_400,
        },
      },
      'x-kubernetes-validations': [
        {
          rule: '!has(self.healthySeconds) || !has(self.timeoutSeconds) || self.timeoutSeconds >= self.healthySeconds',
          message:
            'verification.timeoutSeconds must be at least verification.healthySeconds, or nothing could be verified',
        },
      ],
    },
    maintenanceWindows: {
      type: 'array',
      description: 'Actions are taken in these windows only. Absent or empty: at any time.',
      maxItems: 10,
      'x-kubernetes-list-type': 'atomic',
      items: windowSchema,
    },
    standDownSeconds: {
      type: 'integer',
      description: `How long changes of a workload wait after a person rolled it out. ${operators}`,
      minimum: 0,
      maximum: 86_400,
    },
    approvalSeconds: {
      type: 'integer',
      description: `How long a proposal of the mode Approve waits for a person. ${operators}`,
      minimum: 60,
      maximum: 604_800,
    },
    allow: {
      type: 'object',
      description: 'What is not done unless it is allowed here.',
      additionalProperties: false,
      properties: {
        drift: {
          type: 'boolean',
          description:
            'Remedies that change what people declared, such as the number of replicas. The operator must allow them in the chart as well.',
          default: false,
        },
        localDataLoss: {
          type: 'boolean',
          description: 'Evicting pods whose node-local volumes are lost by that.',
          default: false,
        },
      },
    },
    injection: {
      type: 'object',
      description: 'The agent in the pods of the selected workloads.',
      additionalProperties: false,
      properties: {
        recreate: {
          type: 'string',
          description:
            'What is done about pods that should carry the agent and do not, such as those that are older than the label of their namespace. Never: they are only counted and told. Evict: they are evicted, one at a time and only while their workload is well, so that new ones take their place. In the mode Act alone.',
          enum: recreateModes,
          default: 'Never',
        },
      },
    },
    notifications: {
      type: 'object',
      description: 'Who is told.',
      additionalProperties: false,
      properties: {
        sinks: {
          type: 'array',
          description: 'Which of the operator’s sinks are told. Absent: all. Empty: none.',
          maxItems: 10,
          'x-kubernetes-list-type': 'set',
          items: { type: 'string', enum: sinkNames },
        },
      },
    },
  },
} as const;

export const clusterPolicySpecSchema = {
  ...policySpecSchema,
  properties: {
    namespaceSelector: {
      ...labelSelectorSchema,
      description: 'Which namespaces, by their labels. Absent or empty: all that are opted in.',
    },
    ...policySpecSchema.properties,
  },
} as const;

/** As the API server stores it: with the defaults filled in. */
export type PolicySpec = Frozen<FromSchema<typeof policySpecSchema>>;
export type ClusterPolicySpec = Frozen<FromSchema<typeof clusterPolicySpecSchema>>;
