import type { FromSchema } from 'json-schema-to-ts';
import { conditionSchema, conditionsSchema } from './condition.ts';
import type { Frozen } from './incident.ts';

/** Names of the custom resource that changes the next pods of one owner for a short while, and not its template. */
export const overrideResource = {
  kind: 'AdmissionOverride',
  plural: 'admissionoverrides',
  singular: 'admissionoverride',
  shortName: 'ao',
} as const;

/** Longest life of an override: what is needed for longer belongs into the template. */
export const maximumOverrideSeconds = 86_400;

/** Why an override is not used at all, or not for a pod: machine reason ↔ sentence. In conditions, logs, metrics and docs. */
export const overrideProblems = {
  Malformed: 'It can not be read: a time is none, or an amount of memory is none.',
  TooLong: 'It would hold for more than 24 h from its creation.',
  AboveCap: 'It asks for more memory than the operator allows in the chart.',
  ExcludedNamespace: 'Its namespace is never touched.',
  Foreign: 'It names the uid of the pod’s controller, but lies in another namespace or names another kind or name.',
  Observing: 'The namespace of the pod only observes, or is not known yet.',
  Paused: 'The pod or its namespace is paused.',
  UnknownContainer: 'The pod has no such container.',
  NotMoreMemory: 'The container has no memory limit, or one that is as high already.',
  PodResources: 'The pod sets resources for the pod as a whole, and more for a container might not fit into them.',
  LimitRange: 'With so much memory the pod would break a LimitRange of the namespace.',
  ResourceQuota: 'With so much memory the pod would exceed a ResourceQuota of the namespace.',
} as const;
export type OverrideProblem = keyof typeof overrideProblems;

const name = { type: 'string', minLength: 1, maxLength: 253 } as const;

/** What is changed, for whose pods, and until when. */
export const overrideSpecSchema = {
  type: 'object',
  description: 'What is changed in new pods of one owner, and until when.',
  additionalProperties: false,
  required: ['owner', 'expiresAt'],
  properties: {
    owner: {
      type: 'object',
      description:
        'The controller of the pods, as in their metadata.ownerReferences. It must be in the same namespace.',
      additionalProperties: false,
      required: ['kind', 'name', 'uid'],
      properties: {
        kind: { ...name, description: 'Its kind, such as ReplicaSet or StatefulSet.' },
        name: { ...name, description: 'Its name.' },
        uid: { ...name, description: 'Its uid: a later owner of the same name is another one.', maxLength: 63 },
      },
    },
    memory: {
      type: 'array',
      description:
        'Memory limits, raised only. A request that was equal to its limit stays so; others rise as far as a LimitRange asks.',
      minItems: 1,
      maxItems: 16,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['container'],
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['container', 'limit'],
        properties: {
          container: { ...name, description: 'Name of a container or native sidecar of the pod.', maxLength: 63 },
          limit: {
            type: 'string',
            description: 'Its new memory limit, as a Kubernetes quantity.',
            maxLength: 32,
            pattern: '^[1-9][0-9]*(Ki|Mi|Gi|Ti|k|M|G|T)?$',
          },
        },
      },
    },
    avoidNodes: {
      type: 'array',
      description: 'Names of nodes that the scheduler keeps new pods away from while another one has room.',
      minItems: 1,
      maxItems: 16,
      'x-kubernetes-list-type': 'set',
      items: name,
    },
    expiresAt: {
      type: 'string',
      format: 'date-time',
      description:
        'Pods that are created from then on are not changed. At most 24 h after the creation of the override.',
    },
    incident: { ...name, description: 'Name of the Incident that it was recorded for.' },
  },
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: 'an override never changes: delete it and create another one' },
    { rule: 'has(self.memory) || has(self.avoidNodes)', message: 'memory or avoidNodes must say what is changed' },
  ],
} as const;

const overrideConditionSchema = conditionSchema('override', 'Accepted');

/** What the webhooks make of it. Each replica applies its own part. */
export const overrideStatusSchema = {
  type: 'object',
  description: 'What the webhooks make of it.',
  additionalProperties: false,
  properties: {
    acknowledgedBy: {
      type: 'array',
      description: 'Pods of the webhook that hold it in memory and apply it, or would if it were accepted.',
      maxItems: 64,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['pod'],
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['pod', 'acknowledgedAt'],
        properties: {
          pod: { ...name, description: 'Name of the pod of the webhook.' },
          acknowledgedAt: { type: 'string', format: 'date-time', description: 'When it did.' },
        },
      },
    },
    conditions: conditionsSchema('Accepted: whether the override can be used.', overrideConditionSchema),
  },
} as const;

export type OverrideSpec = Frozen<FromSchema<typeof overrideSpecSchema>>;
export type OverrideStatus = Frozen<FromSchema<typeof overrideStatusSchema>>;
