import type { Handler } from '../model/plan.ts';
import { restartPod } from './restart-pod.ts';

/** Every built-in handler. The first that names a failure class plans for it. */
export const handlers: readonly Handler[] = [restartPod];
