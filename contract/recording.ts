import type { FromSchema } from 'json-schema-to-ts';

/** What a flight recorder keeps, with its unit. Higher is worse in each but `probe`. */
export const recordedSignals = {
  /** Milliseconds until the answer; a failed try is one of {@link recordedFailures} instead. Of `container/probe`. */
  probe: 'ms',
  /** Memory of a container that can not be taken back: anonymous and shared. Of a container. */
  memory: 'MiB',
  /** Of a container; `limit` is in the same unit. */
  'open-files': 'files',
  threads: 'threads',
  /** Processes that have ended and that nobody has taken note of. Of a container. */
  zombies: 'processes',
  /** How often a container has begun anew since the agent knew of it. Of a container. */
  restarts: 'times',
  /** Share of the last 10 s in which some task of the node waited for it: pressure stall information. */
  'cpu-pressure': '%',
  'memory-pressure': '%',
  'io-pressure': '%',
  /** Share of the last 10 s in which no task of the node went on for want of memory. */
  'memory-stall': '%',
  /** Processes that the kernel has ended on the whole node for want of memory, since the agent started. */
  'oom-kills': 'processes',
  /** Use of the file system that holds a cache volume. Of the volume. */
  volume: '%',
  /** The agent's own memory as its container counts it, and its share of CPU periods that were throttled. */
  'agent-memory': 'MiB',
  'agent-throttled': '%',
} as const;
export type RecordedSignal = keyof typeof recordedSignals;

/** How a failed try of a probe stands among latencies. */
export const recordedFailures = { refused: -1, timeout: -2, status: -3, closed: -4 } as const;

/** How far back a recording goes, and how it is thinned: `coarse` covers all but the last seconds, which are `fine`. */
export const recordedSeconds = 120;
export const coarseStepSeconds = 5;
export const fineSeconds = 10;
export const coarsePoints = (recordedSeconds - fineSeconds) / coarseStepSeconds;

/** Most series of a recording, and bytes of its JSON: what is least telling is left out. */
export const maximumRecordedSeries = 24;
export const maximumRecordingBytes = 4096;

/** What a series can be of: a name of Kubernetes, or two of them. Nothing that could pass for more lines in a text for people. */
export const recordedName = /^[A-Za-z0-9][A-Za-z0-9./-]*$/;

const point = { type: 'number', nullable: true } as const;
const signalNames = Object.keys(recordedSignals) as readonly RecordedSignal[];

/**
 * The last two minutes as an agent's flight recorder has them. Values stand one after the other, oldest first, and end
 * at `at`; null where nothing is known. Of a coarse step the worst value stands: a failed try, or the highest. A series
 * may be shorter than the bound when the agent is younger.
 */
export const recordingSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['at', 'reason', 'series'],
  properties: {
    at: { type: 'string', maxLength: 24, pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' },
    /** Why it was taken. */
    reason: { type: 'string', enum: ['probe', 'memory', 'process', 'asked'] },
    series: {
      type: 'array',
      maxItems: maximumRecordedSeries,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['signal', 'coarse', 'fine'],
        properties: {
          signal: { type: 'string', enum: signalNames },
          /** What it is of, where there can be several. */
          of: { type: 'string', maxLength: 320, pattern: recordedName.source },
          limit: { type: 'number', exclusiveMinimum: 0 },
          coarse: { type: 'array', maxItems: coarsePoints, items: point },
          fine: { type: 'array', maxItems: fineSeconds, items: point },
        },
      },
    },
  },
} as const;

export type Recording = FromSchema<typeof recordingSchema>;
export type RecordedSeries = Recording['series'][number];
