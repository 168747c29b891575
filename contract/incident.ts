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
  additionalProperties: false,
  required: ['workload', 'failureClass', 'templateHash'],
  properties: {
    workload: {
      type: 'object',
      additionalProperties: false,
      required: ['apiVersion', 'kind', 'name', 'uid'],
      properties: { apiVersion: name, kind: name, name, uid },
    },
    failureClass: { type: 'string', enum: failureClasses },
    /** Hash of the pod template as its owner writes it on the pods; empty where the owner writes none. */
    templateHash: name,
  },
} as const;

/** Most lines of a container's log that are kept, and characters of each. */
export const maximumLogLines = 20;
export const maximumLogCharacters = 200;

/** What the fault looked like when it was found. */
export const incidentEvidenceSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    /** Why, by the evidence; a name of the closed list in the reference. */
    cause: name,
    container: name,
    image: text,
    node: name,
    probe: { type: 'string', enum: ['liveness', 'readiness', 'startup'] },
    exitCode: { type: 'integer' },
    terminatedReason: name,
    restartCount: count,
    message: text,
    /** What holds beyond the one pod: a new template, a whole node, many workloads. */
    context: { type: 'array', maxItems: 5, items: text },
    /** Last lines of the container that ended, secrets blanked out. */
    log: { type: 'array', maxItems: maximumLogLines, items: { type: 'string', maxLength: maximumLogCharacters } },
  },
} as const;

/** One act: `intendedAt` is written before it is done, so an entry without `result` may or may not have happened. */
export const incidentActionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['kinds', 'handler', 'target', 'intendedAt'],
  properties: {
    /** What is done, in order. The last one is what the verification waits for. */
    kinds: { type: 'array', minItems: 1, maxItems: 4, items: { type: 'string', enum: actionKinds } },
    handler: name,
    /** Index of the ladder's step, from 0; absent on an act that undoes another. */
    step: count,
    target: {
      type: 'object',
      additionalProperties: false,
      required: ['kind', 'name', 'uid'],
      properties: { kind: name, name, uid, container: name },
    },
    /** Which leader intended it; a later leader decides anew about an entry without result. */
    epoch: count,
    intendedAt: instant,
    sentAt: instant,
    result: { type: 'string', enum: ['done', 'refused', 'failed'] },
    /** Whether the workload was healthy afterwards; absent until that is known. */
    helped: { type: 'boolean' },
    message: text,
  },
} as const;

/** A number of replicas that was raised for a while and is to be put back. */
export const incidentSurgeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['target', 'from', 'to', 'until'],
  properties: {
    target: {
      type: 'object',
      additionalProperties: false,
      required: ['kind', 'name', 'uid'],
      properties: {
        kind: { type: 'string', enum: ['Deployment', 'StatefulSet', 'HorizontalPodAutoscaler'] },
        name,
        uid,
      },
    },
    from: count,
    to: count,
    until: instant,
    /** How it ended: put back, or left since someone else had changed the number. */
    ended: { type: 'string', enum: ['restored', 'reverted-by-others', 'target-gone'] },
  },
} as const;

/** Where the episode stands. All limits of the autopilot are rebuilt from this after a restart. */
export const incidentStatusSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['phase', 'message', 'attempts', 'times', 'timeline'],
  properties: {
    phase: { type: 'string', enum: incidentPhases },
    reason,
    message: text,
    /** For the printed list: what was done so far, and how long fault to health took. */
    did: { type: 'string', maxLength: 63 },
    took: { type: 'string', maxLength: 63 },
    /** The policy that decides, as namespace/name or name; empty where the built-in ladder does. */
    policy: { type: 'string', maxLength: 317 },
    pod: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'uid'],
      properties: { name, uid, node: name },
    },
    replacement: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'uid'],
      properties: { name, uid },
    },
    attempts: count,
    /** Which breaker holds the episode while its reason is `breaker-open`. */
    breaker: { type: 'string', enum: ['workload', 'namespace', 'cluster'] },
    times: {
      type: 'object',
      additionalProperties: false,
      properties: {
        faultAt: instant,
        detectedAt: instant,
        decidedAt: instant,
        actedAt: instant,
        healthyAt: instant,
        resolvedAt: instant,
      },
    },
    evidence: incidentEvidenceSchema,
    /** What a person may approve by annotating the incident with the id. */
    proposal: {
      type: 'object',
      additionalProperties: false,
      required: ['id', 'at', 'message'],
      properties: { id: name, at: instant, message: text },
    },
    surge: incidentSurgeSchema,
    actions: { type: 'array', maxItems: maximumActions, items: incidentActionSchema },
    timeline: {
      type: 'array',
      maxItems: maximumTimelineEntries,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['at', 'phase', 'message'],
        properties: { at: instant, phase: { type: 'string', enum: incidentPhases }, reason, message: text },
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
