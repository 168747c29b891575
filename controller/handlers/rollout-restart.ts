import type { Handler } from '../model/plan.ts';
import type { RestartRollout } from '../model/action.ts';

const kinds: readonly RestartRollout['workload']['kind'][] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Replaces every pod of a workload by its own rules of rolling out, as `kubectl rollout restart` does. */
export const rolloutRestart: Handler = {
  name: 'rollout-restart',
  description: 'Starts a rollout of the unchanged template, so that every pod is replaced by the workload’s own rules.',
  failureClasses: [
    'CrashLoopBackOff',
    'OOMKilled',
    'LivenessProbeFailed',
    'StartupProbeFailed',
    'AppHung',
    'MemoryExhaustionPredicted',
    'ProcessVanished',
  ],
  settings: { type: 'object', additionalProperties: false, properties: {} },
  plan: (_finding, { namespace, owner }) => {
    const kind = kinds.find((one) => one === owner?.reference.kind);
    if (owner === undefined || kind === undefined) {
      return {
        skip: 'not-applicable',
        message: 'The workload is no Deployment, StatefulSet or DaemonSet, so that there is no rollout.',
      };
    }
    const { name, uid } = owner.reference;
    return {
      act: [{ kind: 'restart-rollout', namespace, workload: { kind, name, uid }, generation: owner.generation }],
      message: `roll ${kind} ${name} out anew, so that all of its pods are replaced`,
    };
  },
};
