import type { FromSchema } from 'json-schema-to-ts';
import { actionKinds, failureClasses, incidentPhases, type RefusalReason } from './vocabulary.ts';

/** Names of the custom resource under which the API server knows incidents. */
export const incidentResource = {
  kind: 'Incident',
  plural: 'incidents',
  singular: 'incident',
  shortName: 'inc',
} as const;

/** Most entries of `status.timeline` and `status.actions`; older ones are dropped from the front. */
export const maximumTimelineEntries = 50;
export const maximumActions = 20;

/** Most characters of a message: a cluster's text may be long, an object of the API must not be. */
export const maximumMessageCharacters = 1024;

const text = { type: 'string', maxLength: maximumMessageCharacters } as const;
const name = { type: 'string', maxLength: 253 } as const;
const uid = { type: 'string', maxLength: 63 } as const;
const instant = { type: 'string', format: 'date-time' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const reason = { type: 'string', maxLength: 63 } as const;

/** What the episode is about; never changes. One incident per workload, template and failure class at a time. */
export const incidentSpecSchema = {
  type: 'object',
  description: 'What the episode is about; never changes.',
  additionalProperties: false,
  required: ['workload', 'failureClass', 'templateHash'],
  properties: {
    workload: {
      type: 'object',
      description: 'The failing workload: the topmost owner of its pods.',
      additionalProperties: false,
      required: ['apiVersion', 'kind', 'name', 'uid'],
      properties: {
        apiVersion: { ...name, description: 'Its API version.' },
        kind: { ...name, description: 'Its kind.' },
        name: { ...name, description: 'Its name.' },
        uid: { ...uid, description: 'Its uid.' },
      },
    },
    failureClass: { type: 'string', description: 'What is wrong with it.', enum: failureClasses },
    templateHash: {
      ...name,
      description: 'Hash of the pod template as its owner writes it on the pods; empty where the owner writes none.',
    },
  },
} as const;

/** Most lines of a container's log that are kept, and characters of each. */
export const maximumLogLines = 20;
export const maximumLogCharacters = 200;

/** Most lines of what an agent's flight recorder had, and characters of each. */
export const maximumEvidenceLines = 12;
export const maximumEvidenceCharacters = 200;

/** What the fault looked like when it was found. */
export const incidentEvidenceSchema = {
  type: 'object',
  description: 'What the fault looked like when it was found.',
  additionalProperties: false,
  properties: {
    cause: { ...name, description: 'Why, by the evidence; a name of the closed list in the reference.' },
    container: { ...name, description: 'The container at fault.' },
    image: { ...text, description: 'The image of that container.' },
    node: { ...name, description: 'The node of the failing pod.' },
    probe: { type: 'string', description: 'The probe that failed.', enum: ['liveness', 'readiness', 'startup'] },
    exitCode: { type: 'integer', description: 'Exit code of the container.' },
    terminatedReason: { ...name, description: 'Why the container ended, as the kubelet has it.' },
    restartCount: { ...count, description: 'Restarts of the container so far.' },
    message: { ...text, description: 'What Kubernetes said about it.' },
    context: {
      type: 'array',
      description: 'What holds beyond the one pod: a new template, a whole node, many workloads.',
      maxItems: 5,
      items: text,
    },
    log: {
      type: 'array',
      description: 'Last lines of the container that ended, secrets blanked out.',
      maxItems: maximumLogLines,
      items: { type: 'string', maxLength: maximumLogCharacters },
    },
    minuteBefore: {
      type: 'array',
      description: 'What the agent recorded in the two minutes before it told of the fault.',
      maxItems: maximumEvidenceLines,
      items: { type: 'string', maxLength: maximumEvidenceCharacters },
    },
  },
} as const;

/** One act: `intendedAt` is written before it is done, so an entry without `result` may or may not have happened. */
export const incidentActionSchema = {
  type: 'object',
  description: 'One act. Without a result it may or may not have happened.',
  additionalProperties: false,
  required: ['kinds', 'handler', 'target', 'intendedAt'],
  properties: {
    kinds: {
      type: 'array',
      description: 'What is done, in order. The last one is what the verification waits for.',
      minItems: 1,
      maxItems: 4,
      items: { type: 'string', enum: actionKinds },
    },
    handler: { ...name, description: 'The remedy that asked for it.' },
    step: { ...count, description: 'Index of the ladder’s step, from 0; absent on an act that undoes another.' },
    target: {
      type: 'object',
      description: 'The object that it is done to.',
      additionalProperties: false,
      required: ['kind', 'name', 'uid'],
      properties: {
        kind: { ...name, description: 'Its kind.' },
        name: { ...name, description: 'Its name.' },
        uid: { ...uid, description: 'Its uid.' },
        container: { ...name, description: 'The container, where it is done to one.' },
      },
    },
    epoch: {
      ...count,
      description: 'Which leader intended it; a later leader decides anew about an entry without result.',
    },
    intendedAt: { ...instant, description: 'When it was decided; written before it is done.' },
    sentAt: { ...instant, description: 'When the request for it was sent.' },
    result: { type: 'string', description: 'What became of it.', enum: ['done', 'refused', 'failed'] },
    helped: {
      type: 'boolean',
      description: 'Whether the workload was healthy afterwards; absent until that is known.',
    },
    message: { ...text, description: 'A sentence for people.' },
  },
} as const;

/** A number of replicas that was raised for a while and is to be put back. */
export const incidentSurgeSchema = {
  type: 'object',
  description: 'A number of replicas that was raised for a while and is to be put back.',
  additionalProperties: false,
  required: ['target', 'from', 'to', 'until'],
  properties: {
    target: {
      type: 'object',
      description: 'The object whose number was raised.',
      additionalProperties: false,
      required: ['kind', 'name', 'uid'],
      properties: {
        kind: {
          type: 'string',
          description: 'Its kind.',
          enum: ['Deployment', 'StatefulSet', 'HorizontalPodAutoscaler'],
        },
        name: { ...name, description: 'Its name.' },
        uid: { ...uid, description: 'Its uid.' },
      },
    },
    from: { ...count, description: 'The number before.' },
    to: { ...count, description: 'The number that was set.' },
    until: { ...instant, description: 'When it is put back.' },
    ended: {
      type: 'string',
      description: 'How it ended: put back, or left since someone else had changed the number.',
      enum: ['restored', 'reverted-by-others', 'target-gone'],
    },
  },
} as const;

/** Where the episode stands. All limits of the autopilot are rebuilt from this after a restart. */
export const incidentStatusSchema = {
  type: 'object',
  description: 'Where the episode stands. All limits of the autopilot are rebuilt from this after a restart.',
  additionalProperties: false,
  required: ['phase', 'message', 'attempts', 'times', 'timeline'],
  properties: {
    phase: {
      type: 'string',
      description: 'Station of the episode. Resolved is final, and Escalated waits for a person.',
      enum: incidentPhases,
    },
    reason: { ...reason, description: 'Why nothing is done, or not now; a name of the closed list in the reference.' },
    message: { ...text, description: 'A sentence for people.' },
    did: { type: 'string', description: 'What was done so far, for the printed list.', maxLength: 63 },
    took: { type: 'string', description: 'How long fault to health took, for the printed list.', maxLength: 63 },
    policy: {
      type: 'string',
      description: 'The policy that decides, as namespace/name or name; empty where the built-in ladder does.',
      maxLength: 317,
    },
    pod: {
      type: 'object',
      description: 'The failing pod.',
      additionalProperties: false,
      required: ['name', 'uid'],
      properties: {
        name: { ...name, description: 'Its name.' },
        uid: { ...uid, description: 'Its uid.' },
        node: { ...name, description: 'Its node.' },
      },
    },
    replacement: {
      type: 'object',
      description: 'The pod that took its place.',
      additionalProperties: false,
      required: ['name', 'uid'],
      properties: { name: { ...name, description: 'Its name.' }, uid: { ...uid, description: 'Its uid.' } },
    },
    attempts: { ...count, description: 'Actions on the workload and its template that count as attempts.' },
    breaker: {
      type: 'string',
      description: 'Which breaker holds the episode while its reason is breaker-open.',
      enum: ['workload', 'namespace', 'cluster'],
    },
    times: {
      type: 'object',
      description: 'When each station was reached.',
      additionalProperties: false,
      properties: {
        faultAt: { ...instant, description: 'The exit, or the end of the last good answer, that met the threshold.' },
        detectedAt: { ...instant, description: 'When it was found.' },
        decidedAt: { ...instant, description: 'When the last action was decided.' },
        actedAt: { ...instant, description: 'When the last action was done.' },
        healthyAt: { ...instant, description: 'Since when the workload has been healthy.' },
        resolvedAt: { ...instant, description: 'When it had been healthy for long enough.' },
      },
    },
    evidence: incidentEvidenceSchema,
    proposal: {
      type: 'object',
      description: 'What a person may approve by annotating the incident with the id.',
      additionalProperties: false,
      required: ['id', 'at', 'message'],
      properties: {
        id: { ...name, description: 'Value of the annotation infra-autopilot.io/approved that approves it.' },
        at: { ...instant, description: 'When it was proposed.' },
        message: { ...text, description: 'What would be done.' },
      },
    },
    surge: incidentSurgeSchema,
    actions: {
      type: 'array',
      description: 'What was done, the newest last.',
      maxItems: maximumActions,
      items: incidentActionSchema,
    },
    timeline: {
      type: 'array',
      description: 'How the episode went, the newest last.',
      maxItems: maximumTimelineEntries,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['at', 'phase', 'message'],
        properties: {
          at: { ...instant, description: 'When.' },
          phase: { type: 'string', description: 'The station that was reached.', enum: incidentPhases },
          reason: { ...reason, description: 'Why nothing is done, or not now.' },
          message: { ...text, description: 'A sentence for people.' },
        },
      },
    },
  },
} as const;

export type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;

export type IncidentSpec = Frozen<FromSchema<typeof incidentSpecSchema>>;
export type IncidentEvidence = Frozen<FromSchema<typeof incidentEvidenceSchema>>;
export type IncidentSurge = Frozen<FromSchema<typeof incidentSurgeSchema>>;
export type IncidentAction = Frozen<FromSchema<typeof incidentActionSchema>>;

/** `reason` is open in the resource, so that a rolled-back controller can still write, and closed in code. */
export type IncidentStatus = Omit<Frozen<FromSchema<typeof incidentStatusSchema>>, 'reason'> & {
  readonly reason?: RefusalReason;
};

/** The custom resource as the API server stores it; `status` is absent between creation and the first write. */
export interface Incident {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: IncidentSpec;
  readonly status?: IncidentStatus;
}
