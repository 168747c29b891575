import { hasPower } from '../model/agent-power.ts';
import type { Handler, HandlerSettings } from '../model/plan.ts';
import type { Finding } from '../model/finding.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';

/** What lets the app start again on an empty cache. */
type Follow = 'nothing' | 'restart-container' | 'evict-pod';

/** Empties the cache that the pod’s author named, then lets the app start again: a cache that is corrupt outlives a restart. */
export const clearCache: Handler = {
  name: 'clear-cache',
  description: 'Lets the agent empty the cache that the pod’s annotations name, then lets the app start again on it.',
  failureClasses: [
    'CrashLoopBackOff',
    'OOMKilled',
    'LivenessProbeFailed',
    'StartupProbeFailed',
    'AppHung',
    'MemoryExhaustionPredicted',
  ],
  settings: {
    type: 'object',
    additionalProperties: false,
    properties: {
      evict: {
        type: 'boolean',
        description:
          'Whether the pod is then evicted where its container can not be restarted in place: it waits in backoff, or its agent has not the power. Otherwise the kubelet’s own backoff is waited for.',
        default: true,
      },
    },
  },
  plan: (finding, snapshot, settings, now) => {
    const { pod } = finding;
    if (pod?.cache === undefined) {
      return { skip: 'not-applicable', message: 'The pod’s annotations name no cache.' };
    }
    if (pod.terminating) return { skip: 'terminating', message: `Pod ${pod.name} is already being deleted.` };
    if (!hasPower(snapshot, pod.uid, 'clear-cache', now)) {
      return { skip: 'agent-unavailable', message: `No agent of pod ${pod.name} can clear its cache.` };
    }
    const { namespace, name: podName, uid: podUid, graceSeconds } = pod;
    const named = { namespace, podName, podUid };
    const clear = { kind: 'clear-cache', ...named } as const;
    const container = finding.container ?? '';
    switch (followOf(finding, pod, snapshot, settings, now)) {
      case 'nothing':
        return { act: [clear], message: `clear the cache of pod ${podName}` };
      case 'restart-container':
        return {
          act: [clear, { kind: 'restart-container', ...named, container, graceSeconds }],
          message: `clear the cache of pod ${podName} and restart container ${container} in place`,
        };
      case 'evict-pod':
        return {
          act: [clear, { kind: 'evict-pod', ...named }],
          message: `clear the cache of pod ${podName} and evict it, so that a new one takes its place`,
        };
    }
  },
};

function followOf(
  finding: Finding,
  pod: PodSnapshot,
  snapshot: WorkloadSnapshot,
  settings: HandlerSettings,
  now: number,
): Follow {
  const running = pod.containers.some(({ name, state }) => name === finding.container && state === 'running');
  if (running && hasPower(snapshot, pod.uid, 'restart-container', now)) return 'restart-container';
  return settings['evict'] === false ? 'nothing' : 'evict-pod';
}
