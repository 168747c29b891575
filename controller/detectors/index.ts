import type { Detector } from '../model/finding.ts';
import { crashLoop } from './crash-loop.ts';
import { imagePull } from './image-pull.ts';
import { livenessFailing } from './liveness-failing.ts';
import { oomKilled } from './oom-killed.ts';
import { readinessFailing } from './readiness-failing.ts';

/** Every built-in detector, from the most to the least telling: of two findings on one pod the earlier wins. */
export const detectors: readonly Detector[] = [oomKilled, imagePull, crashLoop, livenessFailing, readinessFailing];
