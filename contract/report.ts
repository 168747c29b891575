import type { FromSchema } from 'json-schema-to-ts';
import { commandResults, maximumResultCharacters } from './command.ts';
import { recordingSchema } from './recording.ts';
import { agentPowers } from './vocabulary.ts';

/** Path under which the controller takes reports, on {@link reportPort}. */
export const reportPath = '/v1/reports';

/** Version of the report's shape. A receiver refuses any other. */
export const reportVersion = 1;

/** Most probes that one agent runs and reports: a bound for both sides' memory. */
export const maximumProbes = 64;

/** Upper bound of a report's body in bytes; {@link maximumProbes} probes with 253-character names stay below it. */
export const maximumReportBytes = 65_536;

/** Most reports that an agent keeps while the controller is away, and sends at once when it is back. */
export const maximumWaitingReports = 64;

/** The kubelet's three probes of a container. */
export const probeKinds = ['liveness', 'readiness', 'startup'] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** `unknown` until the first success since the agent started: nothing may be concluded from such a probe. */
export const probeStates = ['unknown', 'succeeding', 'failing'] as const;
export type ProbeState = (typeof probeStates)[number];

/**
 * How a probe failed. `refused`: no connection. `timeout`: no full answer within the probe's own timeoutSeconds.
 * `status`: an answer outside 200–399. `closed`: connected, but the connection ended before a full answer.
 */
export const probeFailures = ['refused', 'timeout', 'status', 'closed'] as const;
export type ProbeFailure = (typeof probeFailures)[number];

/** RFC 3339 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
const instant = {
  type: 'string',
  maxLength: 24,
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
} as const;

/**
 * What an agent saw of one probe of its pod.
 *
 * `failingSince` is when the first of the failed tries was sent; present exactly while `state` is `failing`, as is
 * `failure`. `lastSuccessAt` is when the last good answer came. The agent can't see a container's restart, so a
 * receiver must ignore a failing probe whose `lastSuccessAt` is older than the container's `startedAt`.
 * The threshold of the pod's own author is `periodSeconds × failureThreshold`.
 */
export const probeReportSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'container',
    'probe',
    'state',
    'consecutiveFailures',
    'periodSeconds',
    'timeoutSeconds',
    'failureThreshold',
  ],
  properties: {
    container: { type: 'string', minLength: 1, maxLength: 253 },
    probe: { type: 'string', enum: probeKinds },
    state: { type: 'string', enum: probeStates },
    failure: { type: 'string', enum: probeFailures },
    statusCode: { type: 'integer', minimum: 100, maximum: 999 },
    latencySeconds: { type: 'number', minimum: 0 },
    consecutiveFailures: { type: 'integer', minimum: 0 },
    lastSuccessAt: instant,
    failingSince: instant,
    periodSeconds: { type: 'integer', minimum: 1 },
    timeoutSeconds: { type: 'integer', minimum: 1 },
    failureThreshold: { type: 'integer', minimum: 1 },
  },
} as const;

/** Least confidence of a forecast that is told and believed, 0 to 1: what is done for a wrong one harms. */
export const leastForecastConfidence = 0.8;

/** What an agent foresees of one container's memory; present only while it foresees that the limit will be met. */
export const memoryForecastSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['container', 'usedBytes', 'limitBytes', 'secondsLeft', 'confidence'],
  properties: {
    container: { type: 'string', minLength: 1, maxLength: 253 },
    usedBytes: { type: 'number', minimum: 0 },
    limitBytes: { type: 'number', minimum: 1 },
    /** From `sentAt`. */
    secondsLeft: { type: 'number', minimum: 0 },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
  },
} as const;

/** A container's main process that is gone; `at` is the first tick that did not find it. */
export const vanishedProcessSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['container', 'at'],
  properties: { container: { type: 'string', minLength: 1, maxLength: 253 }, at: instant },
} as const;

/** A container that the agent restarted by itself, as its pod wants while the controller is away; told for ten minutes. */
export const reflexSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['container', 'at', 'result', 'message'],
  properties: {
    container: { type: 'string', minLength: 1, maxLength: 253 },
    at: instant,
    result: { type: 'string', enum: commandResults },
    message: { type: 'string', maxLength: maximumResultCharacters },
  },
} as const;

/** Most containers that a forecast or a vanished process is reported for. */
export const maximumContainers = 16;

/**
 * Body of `POST /v1/reports`: everything that an agent knows about its own pod at `sentAt`, never a difference.
 *
 * `agent.sequence` grows by one with each report built since `agent.startedAt`, so a receiver can put two reports
 * in order and see a gap. A receiver should strip unknown properties instead of refusing them: agents live as
 * long as their pods and may be newer than the controller.
 */
export const reportSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'pod', 'agent', 'sentAt', 'probes'],
  properties: {
    version: { type: 'integer', const: reportVersion },
    pod: {
      type: 'object',
      additionalProperties: false,
      required: ['namespace', 'name', 'uid'],
      properties: {
        namespace: { type: 'string', minLength: 1, maxLength: 63 },
        name: { type: 'string', minLength: 1, maxLength: 253 },
        uid: { type: 'string', minLength: 1, maxLength: 63 },
      },
    },
    agent: {
      type: 'object',
      additionalProperties: false,
      required: ['version', 'startedAt', 'sequence'],
      properties: {
        version: { type: 'string', minLength: 1, maxLength: 63 },
        startedAt: instant,
        sequence: { type: 'integer', minimum: 1 },
      },
    },
    sentAt: instant,
    probes: { type: 'array', maxItems: maximumProbes, items: probeReportSchema },
    /** What the agent can do in its pod at present; absent means nothing. */
    powers: { type: 'array', maxItems: agentPowers.length, items: { type: 'string', enum: agentPowers } },
    memory: { type: 'array', maxItems: maximumContainers, items: memoryForecastSchema },
    vanished: { type: 'array', maxItems: maximumContainers, items: vanishedProcessSchema },
    reflexes: { type: 'array', maxItems: maximumContainers, items: reflexSchema },
    /** How long it waited while the controller was away: what it says is that much older than its arrival. */
    waitedSeconds: { type: 'number', minimum: 0 },
    /** Comes with a finding, and when it was asked for. */
    recorder: recordingSchema,
  },
} as const;

/** One probe in a {@link Report}. */
export type ProbeReport = FromSchema<typeof probeReportSchema>;

export type MemoryForecast = FromSchema<typeof memoryForecastSchema>;
export type VanishedProcess = FromSchema<typeof vanishedProcessSchema>;
export type Reflex = FromSchema<typeof reflexSchema>;

/** What an agent tells the controller about its own pod. */
export type Report = FromSchema<typeof reportSchema>;
