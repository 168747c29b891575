/** What the bench and its child processes say to each other. */

export type ApiOrder =
  | { readonly do: 'render'; readonly pods: number }
  | { readonly do: 'count' }
  | { readonly do: 'flood'; readonly world: string; readonly events: number }
  | { readonly do: 'stream'; readonly world: string; readonly events: number; readonly perSecond: number };

export type ApiAnswer = { readonly port: number } | { readonly rendered: number } | { readonly connections: number };

export const subjectNames = ['ours', 'client-node'] as const;
export type SubjectName = (typeof subjectNames)[number];

/** What is measured: one way to keep a copy of all pods, and to call the API. */
export interface Subject {
  /** Resolves when all pods are there, with how many there are; from then on tells of each change. */
  list(onChange?: () => void): Promise<() => number>;
  call(count: number): Promise<void>;
}

/** What one process does, by its arguments. */
export interface SubjectTask {
  readonly subject: SubjectName;
  /** Address of the API server, with the world that it plays as its path. */
  readonly server: string;
  readonly measure: 'list' | 'calls' | 'flood' | 'decide';
  /** Calls that are made, or events that come. */
  readonly count: number;
}

export interface ListResult {
  readonly heapBytes: number;
  readonly peakBytes: number;
  readonly milliseconds: number;
  /** Of the whole process since its start. */
  readonly cpuMilliseconds: number;
  readonly pods: number;
}

export interface LatencyResult {
  readonly p50: number;
  readonly p99: number;
  readonly maximum: number;
  readonly samples: number;
  /** Looks that found something to be done. */
  readonly decisions: number;
}

/** `ready` asks for the events to begin. */
export type SubjectAnswer =
  | { readonly ready: true }
  | { readonly list: ListResult }
  | { readonly called: number }
  | { readonly milliseconds: number }
  | { readonly latency: LatencyResult }
  | { readonly failure: string };
