/** A Kubernetes label selector, with bounds so that what the API server evaluates over it stays cheap. */
export const labelSelectorSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    matchLabels: {
      type: 'object',
      description: 'Labels that must all be there with these values.',
      maxProperties: 32,
      additionalProperties: { type: 'string', maxLength: 63 },
    },
    matchExpressions: {
      type: 'array',
      description: 'Requirements that must all hold, besides matchLabels.',
      maxItems: 16,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['key', 'operator'],
        properties: {
          key: { type: 'string', description: 'Key of the label.', minLength: 1, maxLength: 317 },
          operator: {
            type: 'string',
            description: 'How the label is compared: In and NotIn need values, Exists and DoesNotExist take none.',
            enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
          },
          values: {
            type: 'array',
            description: 'Values that In and NotIn compare with.',
            maxItems: 64,
            'x-kubernetes-list-type': 'atomic',
            items: { type: 'string', maxLength: 63 },
          },
        },
        'x-kubernetes-validations': [
          {
            rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
            message: 'operators In and NotIn need values, Exists and DoesNotExist take none',
          },
        ],
      },
    },
  },
} as const;
