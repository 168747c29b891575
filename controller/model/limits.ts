/** When a breaker opens, and how long it waits before one action is tried again. */
export interface BreakerLimits {
  /** Share of the scope that must fail, 1 to 100. */
  readonly percentage: number;
  /** Failing pods of a workload that open its breaker, and failing workloads that open a namespace's or the cluster's. */
  readonly podsAtLeast: number;
  readonly workloadsAtLeast: number;
  /** Share of a cluster's workloads that must fail, 1 to 100; far below a namespace's, for a cluster is large. */
  readonly clusterPercentage: number;
  readonly clusterWorkloadsAtLeast: number;
  readonly windowSeconds: number;
  readonly halfOpenSeconds: number;
}

/** The operator's numbers for the rails, out of the chart's values; a policy may say otherwise for its workloads. */
export interface Limits {
  /** Wait after the first action on an owner; doubles with each further one. */
  readonly cooldownSeconds: number;
  readonly cooldownMaximumSeconds: number;
  /** Most attempts of one step of a built-in ladder; a policy's own steps say theirs. */
  readonly maxAttempts: number;
  /** How long a workload must be healthy before an episode counts as resolved. */
  readonly verifyHealthySeconds: number;
  /** How long a replacement may take to get there. */
  readonly verifyTimeoutSeconds: number;
  /** Episodes of one workload in 4 h after which a person is called. */
  readonly episodesBeforeEscalation: number;
  /** Actions in one namespace within an hour. */
  readonly actionsPerHour: number;
  readonly standDownSeconds: number;
  /** How long an approval is waited for. */
  readonly approvalSeconds: number;
  /** Whether actions that change what people declared may be taken at all; each policy must say so too. */
  readonly driftAllowed: boolean;
  readonly breaker: BreakerLimits;
}
