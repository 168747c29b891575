import type { FailureClass } from '#contract/vocabulary.ts';
import type { FaultKind } from './faulty-app/faults.ts';

/** One workload of the demonstration and what is done to it. */
export interface Scenario {
  /** Name of its Deployment and Service. */
  readonly workload: string;
  readonly title: string;
  readonly fault: FaultKind;
  readonly failureClass: FailureClass;
  /** What the fault does, for the first line about it. */
  readonly effect: string;
  /** What a restart in place would find again. */
  readonly brokenFile: string;
}

export const scenarios = [
  {
    workload: 'checkout',
    title: 'crash loop',
    fault: 'corrupt-state',
    failureClass: 'CrashLoopBackOff',
    effect: 'the app’s state file is now corrupt, and it exits 1 whenever it reads it',
    brokenFile: 'corrupt file',
  },
  {
    workload: 'reports',
    title: 'out of memory',
    fault: 'appetite',
    failureClass: 'OOMKilled',
    effect: 'the app’s appetite file makes it eat memory until the kernel kills it',
    brokenFile: 'appetite file',
  },
] as const satisfies readonly Scenario[];
