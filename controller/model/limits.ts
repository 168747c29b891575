/** The operator's numbers for the rails. */
export interface Limits {
  /** Wait after the first action on an owner; doubles with each further one. */
  readonly cooldownSeconds: number;
  readonly maxAttempts: number;
  /** How long a workload must be healthy before an episode counts as resolved. */
  readonly verifyHealthySeconds: number;
  /** How long a replacement may take to get there. */
  readonly verifyTimeoutSeconds: number;
}
