import type { Handler } from '../model/plan.ts';
import { clearCache } from './clear-cache.ts';
import { escalate } from './escalate.ts';
import { restartContainer } from './restart-container.ts';
import { restartPod } from './restart-pod.ts';
import { rolloutRestart } from './rollout-restart.ts';
import { scaleReplicas } from './scale-replicas.ts';

/** Every built-in handler. Which of them is tried when is a ladder's matter, not this list's. */
export const handlers: readonly Handler[] = [
  restartPod,
  restartContainer,
  clearCache,
  rolloutRestart,
  scaleReplicas,
  escalate,
];
