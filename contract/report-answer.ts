import type { FromSchema } from 'json-schema-to-ts';
import { maximumContainers } from './report.ts';

/**
 * Body of the answer to an accepted report: what only the API server can tell an agent about its own pod. An agent must
 * do without: an older controller answers 204, and a pod that is not known yet is answered so as well.
 */
export const reportAnswerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['containers'],
  properties: {
    /** The app's containers, without those that must end before it starts. */
    containers: {
      type: 'array',
      maxItems: maximumContainers,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 253 },
          /** Without the runtime's scheme; absent unless the container runs. */
          id: { type: 'string', pattern: '^[0-9a-f]{32,64}$' },
          /** As set now, after a resize in place too; absent where there is none. */
          memoryLimitBytes: { type: 'number', exclusiveMinimum: 0 },
        },
      },
    },
    /** Asks for the flight recorder with a report that is sent at once. */
    wantsRecorder: { type: 'boolean' },
  },
} as const;

export type ReportAnswer = FromSchema<typeof reportAnswerSchema>;

/** One of the app's containers, as the API server knows it. */
export type AnsweredContainer = ReportAnswer['containers'][number];
