/** What an agent can be asked to do in its own pod. */
export type AgentCommand =
  | {
      readonly kind: 'restart-container';
      readonly container: string;
      /**
       * The running container's id as the pod's status has it, with or without its scheme. An agent tells containers
       * apart by nothing else, so it refuses a restart without one; and a container that was restarted meanwhile,
       * which has another id, is left alone.
       */
      readonly containerId?: string;
      readonly graceSeconds: number;
    }
  | { readonly kind: 'clear-cache' }
  /** Never sent twice: the agent that took it ends, and its successor knows nothing of it. */
  | { readonly kind: 'restart-all' };

/** What the agent said of it. */
export interface AgentAnswer {
  readonly result: 'done' | 'refused' | 'failed';
  readonly message: string;
}

/** The way to the agents that listen. */
export interface AgentCommands {
  /**
   * Sends one command to the agent of a pod and waits for its acknowledgement; undefined when no agent is listening.
   * An agent carries one id out at most once and answers its repetition as it answered the first. Rejects when the
   * signal fires before an answer is there.
   */
  send(podUid: string, id: string, command: AgentCommand, signal: AbortSignal): Promise<AgentAnswer | undefined>;
}
