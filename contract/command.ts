import type { FromSchema } from 'json-schema-to-ts';

/** Path under which an agent asks the controller for commands, on the port of the reports. */
export const commandPath = '/v1/commands';

/** Version of both shapes. A receiver refuses any other. */
export const commandVersion = 1;

/** How long the controller holds a poll open while there is nothing to do. Below what proxies cut as idle. */
export const commandHoldSeconds = 25;

/** Most commands in one answer, and results in one poll. */
export const maximumCommands = 4;
export const maximumCommandResults = 16;

/** Upper bounds of the bodies in bytes; the largest valid ones stay below. */
export const maximumPollBytes = 16_384;
export const maximumAnswerBytes = 16_384;

export const maximumResultCharacters = 200;

/** Longest grace that a command may carry; an app that takes longer to end is left to the kubelet's own ways. */
export const maximumGraceSeconds = 3600;

/** `refused`: nothing was done, and trying again would be refused again. `failed`: it was tried. */
export const commandResults = ['done', 'refused', 'failed'] as const;
export type CommandResultName = (typeof commandResults)[number];

const id = { type: 'string', minLength: 1, maxLength: 128 } as const;

/** What became of a command. It is said again with each poll until one of them was answered. */
export const commandResultSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'result', 'message'],
  properties: {
    id,
    result: { type: 'string', enum: commandResults },
    message: { type: 'string', maxLength: maximumResultCharacters },
  },
} as const;

/**
 * Body of `POST /v1/commands`: an agent asks for what is to be done in its own pod. The token says which pod that is;
 * the body names it again so that a mix-up is refused instead of obeyed. An agent never names an action.
 */
export const commandPollSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'pod', 'results'],
  properties: {
    version: { type: 'integer', const: commandVersion },
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
    results: { type: 'array', maxItems: maximumCommandResults, items: commandResultSchema },
  },
} as const;

/** Ends the main process of one container, which the kubelet starts again: SIGTERM, the grace, SIGKILL. */
export const restartCommandSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'kind', 'container', 'graceSeconds'],
  properties: {
    id,
    kind: { type: 'string', const: 'restart-container' },
    container: { type: 'string', minLength: 1, maxLength: 253 },
    /** Without the runtime's scheme. */
    containerId: { type: 'string', pattern: '^[0-9a-f]{32,64}$' },
    graceSeconds: { type: 'integer', minimum: 0, maximum: maximumGraceSeconds },
  },
} as const;

/** Empties the folders that the pod's own annotations name; nothing is named from outside the pod. */
export const clearCacheCommandSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'kind'],
  properties: { id, kind: { type: 'string', const: 'clear-cache' } },
} as const;

/** The agent ends with an agreed code, which has the kubelet restart every container of the pod in place. */
export const restartAllCommandSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'kind'],
  properties: { id, kind: { type: 'string', const: 'restart-all' } },
} as const;

/** Answer to a poll. A command whose result the controller has not heard may come again under its id. */
export const commandAnswerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['commands'],
  properties: {
    commands: {
      type: 'array',
      maxItems: maximumCommands,
      items: { oneOf: [restartCommandSchema, clearCacheCommandSchema, restartAllCommandSchema] },
    },
  },
} as const;

export type CommandResult = FromSchema<typeof commandResultSchema>;
export type CommandPoll = FromSchema<typeof commandPollSchema>;
export type RestartCommand = FromSchema<typeof restartCommandSchema>;
export type ClearCacheCommand = FromSchema<typeof clearCacheCommandSchema>;
export type RestartAllCommand = FromSchema<typeof restartAllCommandSchema>;
export type Command = RestartCommand | ClearCacheCommand | RestartAllCommand;
