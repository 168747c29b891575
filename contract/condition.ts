import { maximumMessageCharacters } from './incident.ts';

/** Schema of one entry of `status.conditions`, as Kubernetes' own conditions; `of` and `types` say what it is about. */
export function conditionSchema<Of extends string, Types extends string>(of: Of, types: Types) {
  return {
    type: 'object',
    description: `One aspect of the ${of}’s state, as Kubernetes’ own conditions.`,
    additionalProperties: false,
    required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
    properties: {
      type: { type: 'string', description: `${types}.`, maxLength: 316 },
      status: { type: 'string', description: 'True, False or Unknown.', enum: ['True', 'False', 'Unknown'] },
      observedGeneration: {
        type: 'integer',
        format: 'int64',
        description: `Generation of the ${of} that the condition is about.`,
        minimum: 0,
      },
      lastTransitionTime: { type: 'string', format: 'date-time', description: 'When the status changed last.' },
      reason: { type: 'string', description: 'Machine name of why.', minLength: 1, maxLength: 1024 },
      message: { type: 'string', description: 'A sentence for people.', maxLength: maximumMessageCharacters },
    },
  } as const;
}

/** `status.conditions`: one entry for each type. */
export function conditionsSchema<const Item extends object>(description: string, items: Item) {
  return {
    type: 'array',
    description,
    maxItems: 8,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
    items,
  } as const;
}
