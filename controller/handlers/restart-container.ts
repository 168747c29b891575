import { hasPower } from '../model/agent-power.ts';
import type { Finding } from '../model/finding.ts';
import type { Handler, HandlerSettings } from '../model/plan.ts';
import type { PodSnapshot } from '../model/snapshot.ts';

/**
 * Restarts one container where it is: the pod keeps its node, address and volumes, and no other container is touched.
 * The kubelet starts a container at once that has run long; one that waits in backoff gains nothing by it.
 */
export const restartContainer: Handler = {
  name: 'restart-container',
  description:
    'Lets the agent end the main process of the failing container; the kubelet starts it again in place. Where the agent can only have all containers of the pod restarted, and the pod wants that, those.',
  failureClasses: ['LivenessProbeFailed', 'StartupProbeFailed', 'AppHung', 'MemoryExhaustionPredicted'],
  settings: {
    type: 'object',
    additionalProperties: false,
    properties: {
      graceSeconds: {
        type: 'integer',
        description:
          'Seconds to end in for an app that is hung, where that is less than the pod’s own grace; 0 means the pod’s own.',
        default: 0,
        minimum: 0,
        maximum: 3600,
      },
    },
  },
  plan: (finding, snapshot, settings, now) => {
    const { pod } = finding;
    const container = pod?.containers.find(({ name }) => name === finding.container);
    if (pod === undefined || container === undefined) {
      return { skip: 'not-applicable', message: 'The fault is not that of one container.' };
    }
    if (pod.terminating) return { skip: 'terminating', message: `Pod ${pod.name} is already being deleted.` };
    if (container.state !== 'running') {
      return { skip: 'not-applicable', message: `Container ${container.name} of pod ${pod.name} does not run.` };
    }
    const { namespace, name: podName, uid: podUid } = pod;
    const act = { kind: 'restart-container', namespace, podName, podUid, container: container.name } as const;
    if (!hasPower(snapshot, podUid, 'restart-container', now)) {
      // More than is asked for, so only where the pod itself wants that and there is no smaller way.
      if (hasPower(snapshot, podUid, 'restart-all', now)) {
        return {
          act: [{ ...act, all: true, graceSeconds: 0 }],
          message: `restart all containers of pod ${podName} in place`,
        };
      }
      return { skip: 'agent-unavailable', message: `No agent of pod ${pod.name} can restart a container.` };
    }
    const graceSeconds = graceOf(pod, finding, settings);
    return {
      act: [{ ...act, graceSeconds }],
      message: `restart container ${container.name} of pod ${podName} in place`,
    };
  },
};

/** The grace is the author's. An app that answers nothing does not use it, so a policy may give it less. */
function graceOf(pod: PodSnapshot, { failureClass }: Finding, settings: HandlerSettings): number {
  const shortened = Number(settings['graceSeconds'] ?? 0);
  return failureClass === 'AppHung' && shortened > 0 ? Math.min(pod.graceSeconds, shortened) : pod.graceSeconds;
}
