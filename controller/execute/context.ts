import type { Clock } from '#runtime/clock.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { AgentCommands } from '../model/agent-commands.ts';
import type { Outcome } from '../model/outcome.ts';
import type { WorkloadReference } from '../model/snapshot.ts';

/** Everything that an act needs besides itself. */
export interface ActContext {
  readonly transport: KubeTransport;
  readonly agents: AgentCommands;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether this process may still act, by its own clock; asked last of all, just before something is sent. */
  readonly leading: () => boolean;
  /** Whether the pod, just read, still shows the fault for which the action was planned. */
  readonly stillFailing: (pod: KubeObject) => boolean;
  /** Set where the act undoes an earlier one of ours: a namespace that only observes does not hold it. */
  readonly undoing?: true;
  /** The top of the pod's owners, or the pod itself. */
  readonly workload: WorkloadReference;
  /** Where we ourselves are declared: a person who pauses either holds everything. */
  readonly release: { readonly namespace: string; readonly deployment: string };
  /** Name of the incident for which this is done. */
  readonly incident: string;
  /** The same for each try of one intent, also after a restart, so that whoever did it already can tell. */
  readonly intentId: string;
  /** When the intent was written, in milliseconds since the epoch. */
  readonly intendedAt: number;
}

export type Refused = Extract<Outcome, { readonly result: 'refused' }>;

export function refused(reason: Refused['reason'], message: string): Refused {
  return { result: 'refused', reason, message };
}
