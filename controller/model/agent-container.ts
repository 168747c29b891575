/** Our own container in a pod, as the kubelet tells of it. Times in milliseconds since the epoch. */
export interface AgentContainer {
  readonly image: string;
  readonly restartCount: number;
  readonly runningSince?: number;
  /** Set while it does not run for a reason that is no ordinary wait, and what the kubelet calls it. */
  readonly failingSince?: number;
  readonly waitingReason?: string;
  readonly message?: string;
  /** Set while nothing but itself keeps it from running, though no reason is told. */
  readonly dueSince?: number;
  /** When it ended, oldest first; the last few. */
  readonly exits: readonly number[];
  /** Whether any container of the app has ever run. */
  readonly appStarted: boolean;
}
