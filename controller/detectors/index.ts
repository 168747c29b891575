import type { Detector } from '../model/finding.ts';
import { appHung } from './app-hung.ts';
import { configError } from './config-error.ts';
import { crashLoop } from './crash-loop.ts';
import { evicted } from './evicted.ts';
import { imagePull } from './image-pull.ts';
import { livenessFailing } from './liveness-failing.ts';
import { memoryExhaustionPredicted } from './memory-exhaustion-predicted.ts';
import { nodeNotReady } from './node-not-ready.ts';
import { oomKilled } from './oom-killed.ts';
import { processVanished } from './process-vanished.ts';
import { readinessFailing } from './readiness-failing.ts';
import { rolloutStuck } from './rollout-stuck.ts';
import { startupFailing } from './startup-failing.ts';
import { stuckCreating } from './stuck-creating.ts';
import { stuckTerminating } from './stuck-terminating.ts';
import { unschedulable } from './unschedulable.ts';

/**
 * Every built-in detector, from the most to the least telling: of two findings on one pod the earlier wins. A pod that
 * is leaving or gone has no other fault; then comes the node, without which the rest is hearsay; then ends of
 * containers, what keeps them from starting, what they answer, what is foreseen, and at last what others only suffer.
 */
export const detectors: readonly Detector[] = [
  stuckTerminating,
  evicted,
  nodeNotReady,
  oomKilled,
  configError,
  imagePull,
  startupFailing,
  crashLoop,
  processVanished,
  appHung,
  livenessFailing,
  memoryExhaustionPredicted,
  unschedulable,
  stuckCreating,
  rolloutStuck,
  readinessFailing,
];
