import type { Handler } from '../model/plan.ts';

/**
 * Replaces a failing pod by evicting it: its owner makes a new one, with a new uid, fresh node-local volumes and
 * no restart backoff. Deleting would go past disruption budgets.
 */
export const restartPod: Handler = {
  name: 'restart-pod',
  failureClasses: ['CrashLoopBackOff', 'OOMKilled', 'LivenessProbeFailed'],
  plan: ({ pod }) =>
    pod.terminating
      ? { skip: 'terminating', message: `Pod ${pod.name} is already being deleted.` }
      : {
          act: { kind: 'evict-pod', namespace: pod.namespace, podName: pod.name, podUid: pod.uid },
          message: `evict pod ${pod.name}, so that a new one takes its place`,
        },
};
