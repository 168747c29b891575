import type { FailureClass } from '#contract/vocabulary.ts';
import type { LadderStep } from '../model/policy.ts';

const restartPod = (maxAttempts: number): LadderStep => step('restart-pod', maxAttempts);
const aPerson: readonly LadderStep[] = [step('escalate', 1)];

/**
 * What is done where no policy says otherwise: only what changes nothing that people declared. An empty ladder
 * records and does nothing: readiness is a pod's own word that it wants no traffic, and an evicted pod is replaced by its owner.
 */
export const defaultLadders: Readonly<Record<FailureClass, readonly LadderStep[]>> = {
  CrashLoopBackOff: [step('clear-cache', 1, { evict: true }), restartPod(3)],
  OOMKilled: [restartPod(3)],
  LivenessProbeFailed: [restartPod(3)],
  ReadinessProbeFailed: [],
  StartupProbeFailed: aPerson,
  ImagePullBackOff: aPerson,
  ConfigError: aPerson,
  StuckCreating: [restartPod(1)],
  StuckTerminating: aPerson,
  Unschedulable: aPerson,
  Evicted: [],
  RolloutStuck: aPerson,
  NodeNotReady: aPerson,
  AppHung: [step('restart-container', 1, { graceSeconds: 0 }), restartPod(2)],
  MemoryExhaustionPredicted: [restartPod(1)],
  ProcessVanished: [restartPod(2)],
};

function step(handler: LadderStep['handler'], maxAttempts: number, settings: LadderStep['settings'] = {}): LadderStep {
  return { handler, settings, maxAttempts, waitSeconds: 0 };
}
