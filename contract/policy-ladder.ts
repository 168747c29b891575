import { failureClasses } from './vocabulary.ts';

/** What the API server fills in where a policy leaves it out. */
export const defaultMaxAttempts = 3;
export const defaultTimeZone = 'Etc/UTC';

/** One rung. `handler` is no closed list here: what this version does not know is shown in a condition, and not tried. */
const stepSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['handler'],
  properties: {
    handler: {
      type: 'string',
      description:
        'Name of the remedy: restart-pod, restart-container, clear-cache, rollout-restart, scale-replicas or escalate. One that this version does not know is accepted, left out and named in the condition Accepted.',
      minLength: 1,
      maxLength: 63,
    },
    settings: {
      type: 'object',
      description:
        'Settings of the remedy; each has a default. One that does not fit is named in the condition Accepted.',
      maxProperties: 16,
      'x-kubernetes-preserve-unknown-fields': true,
    },
    maxAttempts: {
      type: 'integer',
      description: 'How often this step may be tried before the next one is taken.',
      minimum: 1,
      maximum: 20,
      default: defaultMaxAttempts,
    },
    waitSeconds: {
      type: 'integer',
      description: 'Wait before the first attempt of this step, from the detection or from the end of the step before.',
      minimum: 0,
      maximum: 86_400,
      default: 0,
    },
  },
} as const;

/** What is tried, in order, on some failure classes. */
export const ladderSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['failureClasses', 'steps'],
  properties: {
    failureClasses: {
      type: 'array',
      description: 'What is healed with this ladder.',
      minItems: 1,
      maxItems: 16,
      'x-kubernetes-list-type': 'set',
      items: { type: 'string', enum: failureClasses },
    },
    steps: {
      type: 'array',
      description: 'Remedies from the gentlest to the strongest. One that did not help is followed by the next.',
      minItems: 1,
      maxItems: 8,
      'x-kubernetes-list-type': 'atomic',
      items: stepSchema,
      'x-kubernetes-validations': [
        {
          rule: "self.filter(step, step.handler == 'escalate').size() == 0 || (self[self.size() - 1].handler == 'escalate' && self.filter(step, step.handler == 'escalate').size() == 1)",
          message: 'escalate calls a person, so that it may only be the last step',
        },
      ],
    },
  },
} as const;

/** When a policy that has windows may act. */
export const windowSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['schedule', 'durationMinutes'],
  properties: {
    schedule: {
      type: 'string',
      description:
        'When the window opens, as a cron expression of five fields: minute, hour, day of month, month, day of week. For example "0 2 * * 6" is 02:00 on Saturdays.',
      maxLength: 100,
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^ *[^ ]+( +[^ ]+){4} *$')",
          message:
            'a schedule has five fields: minute, hour, day of month, month, day of week, such as "0 2 * * 6" for 02:00 on Saturdays',
        },
      ],
    },
    timeZone: {
      type: 'string',
      description: 'Time zone that the schedule is read in, by its IANA name such as Europe/Berlin.',
      minLength: 1,
      maxLength: 63,
      default: defaultTimeZone,
    },
    durationMinutes: {
      type: 'integer',
      description: 'How many minutes the window stays open.',
      minimum: 1,
      maximum: 10_080,
    },
  },
} as const;
