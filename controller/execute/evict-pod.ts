import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeFailure } from '#runtime/kubernetes/answer.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { EvictPod } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import { podPath, readLivePod } from './live-pod.ts';

export interface ActContext {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether the pod, just read, still shows the fault for which the action was planned. */
  readonly stillFailing: (pod: KubeObject) => boolean;
}

/**
 * Evicts one pod, if it is still that pod and still failing. Asking twice is harmless: the uid is a precondition.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when asking again may help: no answer, overload, a server's error.
 */
export async function evictPod(action: EvictPod, context: ActContext): Promise<Outcome> {
  const { namespace, podName, podUid } = action;
  const { transport, clock, signal } = context;
  const live = await readLivePod(transport, namespace, podName, signal);
  if (live?.metadata?.uid !== podUid) return changed(`Pod ${podName} is not there any more.`);
  if (live.metadata.deletionTimestamp !== undefined) {
    return { result: 'refused', reason: 'terminating', message: `Pod ${podName} is already being deleted.` };
  }
  if (!context.stillFailing(live)) return changed(`Pod ${podName} has recovered.`);
  // Before, not after: the owner may make the replacement before the answer is here, and must not seem to be too early.
  const sentAt = clock.now();
  const answer = await transport.request({
    method: 'POST',
    path: `${podPath(namespace, podName)}/eviction`,
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name: podName },
      deleteOptions: { preconditions: { uid: podUid } },
    },
    signal,
  });
  return answer.ok ? { result: 'done', sentAt } : refused(podName, answer);
}

function refused(podName: string, failure: KubeFailure): Outcome {
  const { status, message, causes } = failure;
  if (status === 404 || status === 409) return changed(`Pod ${podName} was replaced in between.`);
  // The same status also says that the API server is overloaded; only the cause tells the two apart.
  if (status === 429 && causes.includes('DisruptionBudget')) {
    return { result: 'refused', reason: 'eviction-blocked', message };
  }
  if (status === 429 || status >= 500) {
    throw new AutopilotError('AP_KUBERNETES_REQUEST', `eviction of ${podName}: ${status} ${message}`);
  }
  return { result: 'failed', message: `The API server answered ${status}: ${message}` };
}

function changed(message: string): Outcome {
  return { result: 'refused', reason: 'pod-changed', message };
}
