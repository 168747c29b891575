import { AutopilotError } from '#runtime/errors.ts';
import type { Action } from '../model/action.ts';
import type { Actions } from '../model/decision.ts';
import type { Outcome } from '../model/outcome.ts';
import { makeRehearsalChannel, type Channel } from './channel.ts';
import { clearCache } from './clear-cache.ts';
import type { ActContext } from './context.ts';
import { evictPod } from './evict-pod.ts';
import { readLive, type Live } from './live.ts';
import { preflight } from './preflight.ts';
import { restartContainer } from './restart-container.ts';
import { restartRollout } from './restart-rollout.ts';
import { scaleReplicas } from './scale-replicas.ts';

/**
 * Does what was decided, in order and up to the first that is not done: the only way from a decision to the cluster.
 * `sentAt` is that of the last act. Repeating the whole is harmless: each act knows what it has done before.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST or AP_AGENT_COMMAND when asking again may help.
 */
export async function execute(actions: Actions, context: ActContext): Promise<Outcome> {
  const [first, ...rest] = actions;
  let outcome = await executeOne(first, context);
  for (const action of rest) {
    if (outcome.result !== 'done') return outcome;
    const next = await executeOne(action, context);
    outcome = { ...next, message: [outcome.message, next.message].filter(Boolean).join(' ') };
  }
  return outcome;
}

async function executeOne(action: Action, context: ActContext): Promise<Outcome> {
  const cleared = await preflight(action, context);
  return 'result' in cleared ? cleared : await perform(action, cleared.live, cleared.channel, context);
}

/** What would become of actions, in a sentence: the API server tries them without effect. Never throws for its answer. */
export async function rehearse(actions: Actions, context: ActContext): Promise<string> {
  const sentences: string[] = [];
  for (const action of actions) sentences.push(await rehearseOne(action, context));
  return sentences.join(' ');
}

async function rehearseOne(action: Action, context: ActContext): Promise<string> {
  if (action.kind === 'restart-container') {
    const { container, podName, graceSeconds, all } = action;
    if (all === true) return `The agent of pod ${podName} would be told to have all its containers restarted.`;
    return `The agent of pod ${podName} would be told to restart container ${container} with a grace of ${graceSeconds} s.`;
  }
  if (action.kind === 'clear-cache') return `The agent of pod ${action.podName} would be told to clear its cache.`;
  const what = describe(action);
  try {
    const live = await readLive(action, context);
    const outcome = await perform(action, live, makeRehearsalChannel(context), context);
    if (outcome.result === 'done') return `The API server would allow ${what}.`;
    const reason = outcome.result === 'refused' ? outcome.reason : undefined;
    const who = reason === 'eviction-blocked' ? 'A PodDisruptionBudget would refuse' : 'It would not come to';
    return `${who} ${what}: ${outcome.message}`;
  } catch (error) {
    if (!(error instanceof AutopilotError)) throw error;
    return `Whether the API server would allow ${what} is not known: ${error.message}.`;
  }
}

async function perform(action: Action, live: Live, channel: Channel, context: ActContext): Promise<Outcome> {
  switch (action.kind) {
    case 'evict-pod':
      return await evictPod(action, channel);
    case 'restart-container':
      return await restartContainer(action, live.pod?.object, channel);
    case 'clear-cache':
      return await clearCache(action, channel);
    case 'restart-rollout':
      return await restartRollout(action, live.target?.object, context.intendedAt, channel);
    case 'scale-replicas':
      return await scaleReplicas(action, live.target?.object, context, channel);
  }
}

function describe(action: Exclude<Action, { readonly kind: 'restart-container' | 'clear-cache' }>): string {
  switch (action.kind) {
    case 'evict-pod':
      return `the eviction of pod ${action.podName}`;
    case 'restart-rollout':
      return `the rollout of ${action.workload.kind} ${action.workload.name}`;
    case 'scale-replicas':
      return `the change of ${action.target.kind} ${action.target.name} from ${action.from} to ${action.to}`;
  }
}
