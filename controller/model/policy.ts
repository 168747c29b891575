import type { FailureClass, HandlerName, PolicyMode, RecreateMode } from '#contract/vocabulary.ts';
import type { HandlerSettings } from './plan.ts';

/** A Kubernetes label selector; an empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** One rung of a ladder. Its settings are checked and complete. */
export interface LadderStep {
  readonly handler: HandlerName;
  readonly settings: HandlerSettings;
  readonly maxAttempts: number;
  /** Wait before this step's first attempt, from the detection or from the end of the step before it. */
  readonly waitSeconds: number;
}

export interface MaintenanceWindow {
  /** Five-field cron expression of the window's openings. */
  readonly schedule: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly durationMinutes: number;
}

/** A policy as the engine uses it: read, checked, with only usable parts. Fields that it leaves out are the operator's. */
export interface PolicySnapshot {
  readonly scope: 'namespace' | 'cluster';
  /** Empty for a cluster's. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: number;
  /** Against the labels of a workload's pods. */
  readonly selector: LabelSelector;
  /** A cluster's policy only: against the labels of namespaces. */
  readonly namespaceSelector?: LabelSelector;
  readonly mode: PolicyMode;
  readonly ladders: ReadonlyMap<FailureClass, readonly LadderStep[]>;
  readonly actionsPerHour?: number;
  readonly cooldownSeconds?: number;
  readonly cooldownMaximumSeconds?: number;
  readonly breakerPercentage?: number;
  readonly breakerPodsAtLeast?: number;
  readonly breakerHalfOpenSeconds?: number;
  readonly verifyHealthySeconds?: number;
  readonly verifyTimeoutSeconds?: number;
  readonly standDownSeconds?: number;
  readonly approvalSeconds?: number;
  readonly windows: readonly MaintenanceWindow[];
  readonly driftAllowed: boolean;
  readonly localDataDisposable: boolean;
  readonly recreate: RecreateMode;
  /** Sinks that are told; undefined means all. */
  readonly routes?: readonly string[];
  /** What of it can not be used, for its conditions; a policy with problems still applies with the rest. */
  readonly problems: readonly { readonly reason: string; readonly message: string }[];
}
