import type { Limits } from './model/limits.ts';
import type { ControllerSettings } from './settings.ts';

/** The operator's numbers for the rails, out of the settings. */
export function limitsOf(settings: ControllerSettings): Limits {
  return {
    cooldownSeconds: settings.AUTOPILOT_COOLDOWN_SECONDS,
    cooldownMaximumSeconds: settings.AUTOPILOT_COOLDOWN_MAXIMUM_SECONDS,
    maxAttempts: settings.AUTOPILOT_MAX_ATTEMPTS,
    verifyHealthySeconds: settings.AUTOPILOT_VERIFY_HEALTHY_SECONDS,
    verifyTimeoutSeconds: settings.AUTOPILOT_VERIFY_TIMEOUT_SECONDS,
    episodesBeforeEscalation: settings.AUTOPILOT_EPISODES_BEFORE_ESCALATION,
    actionsPerHour: settings.AUTOPILOT_ACTIONS_PER_HOUR,
    standDownSeconds: settings.AUTOPILOT_STAND_DOWN_SECONDS,
    approvalSeconds: settings.AUTOPILOT_APPROVAL_SECONDS,
    driftAllowed: settings.AUTOPILOT_DRIFT_ACTIONS,
    breaker: {
      percentage: settings.AUTOPILOT_BREAKER_PERCENTAGE,
      podsAtLeast: settings.AUTOPILOT_BREAKER_PODS,
      workloadsAtLeast: settings.AUTOPILOT_BREAKER_WORKLOADS,
      clusterPercentage: settings.AUTOPILOT_BREAKER_CLUSTER_PERCENTAGE,
      clusterWorkloadsAtLeast: settings.AUTOPILOT_BREAKER_CLUSTER_WORKLOADS,
      windowSeconds: settings.AUTOPILOT_BREAKER_WINDOW_SECONDS,
      halfOpenSeconds: settings.AUTOPILOT_BREAKER_HALF_OPEN_SECONDS,
    },
  };
}
