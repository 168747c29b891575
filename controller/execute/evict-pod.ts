import { AutopilotError } from '#runtime/errors.ts';
import type { KubeFailure } from '#runtime/kubernetes/answer.ts';
import type { EvictPod } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Channel } from './channel.ts';
import { refused } from './context.ts';
import { podPath } from './paths.ts';

/** How the API server says it, with status 500 and no machine reason. */
const twoBudgets = 'more than one PodDisruptionBudget';

/**
 * Evicts one pod. Asking twice is harmless: the uid is a precondition.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when asking again may help: no answer, overload, a server's error.
 */
export async function evictPod({ namespace, podName, podUid }: EvictPod, channel: Channel): Promise<Outcome> {
  const sent = await channel.request({
    method: 'POST',
    path: `${podPath(namespace, podName)}/eviction`,
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name: podName },
      deleteOptions: { preconditions: { uid: podUid } },
    },
  });
  if ('result' in sent) return sent;
  const { sentAt, answer } = sent;
  return answer.ok ? { result: 'done', sentAt, message: `Pod ${podName} was evicted.` } : refusedBy(answer, podName);
}

function refusedBy(failure: KubeFailure, podName: string): Outcome {
  const { status, message, causes, causeMessages = [] } = failure;
  if (status === 404 || status === 409) return refused('pod-changed', `Pod ${podName} was replaced in between.`);
  // The same status also says that the API server is overloaded; only the cause tells the two apart.
  if (status === 429 && causes.includes('DisruptionBudget')) {
    return refused('eviction-blocked', [message, ...causeMessages].join(' '));
  }
  if (status === 500 && message.includes(twoBudgets)) return refused('two-budgets', message);
  if (status === 429 || status >= 500) {
    throw new AutopilotError('AP_KUBERNETES_REQUEST', `eviction of ${podName}: ${status} ${message}`);
  }
  return { result: 'failed', message: `The API server answered ${status}: ${message}` };
}
