import type { Handler } from '../model/plan.ts';

/**
 * Replaces a failing pod by evicting it: its owner makes a new one, with a new uid, fresh node-local volumes and
 * no restart backoff. Deleting would go past disruption budgets.
 */
export const restartPod: Handler = {
  name: 'restart-pod',
  description: 'Evicts the failing pod, so that its owner makes a new one without restart backoff.',
  failureClasses: [
    'CrashLoopBackOff',
    'OOMKilled',
    'LivenessProbeFailed',
    'StartupProbeFailed',
    'StuckCreating',
    'NodeNotReady',
    'AppHung',
    'MemoryExhaustionPredicted',
    'ProcessVanished',
  ],
  settings: { type: 'object', additionalProperties: false, properties: {} },
  plan: ({ pod }) => {
    if (pod === undefined) return { skip: 'not-applicable', message: 'There is no pod that could be replaced.' };
    if (pod.terminating) return { skip: 'terminating', message: `Pod ${pod.name} is already being deleted.` };
    return {
      act: [{ kind: 'evict-pod', namespace: pod.namespace, podName: pod.name, podUid: pod.uid }],
      message: `evict pod ${pod.name}, so that a new one takes its place`,
    };
  },
};
