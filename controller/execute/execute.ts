import type { Action } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import { evictPod, type ActContext } from './evict-pod.ts';

/** Does what was decided: the only way from a decision to the cluster. */
export async function execute(action: Action, context: ActContext): Promise<Outcome> {
  switch (action.kind) {
    case 'evict-pod':
      return await evictPod(action, context);
  }
}
