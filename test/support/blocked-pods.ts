import type { Suspension } from '#contract/suspension.ts';
import { troubleOf, type AgentTrouble } from '../../controller/decide/agent-trouble.ts';
import type { AgentContainer } from '../../controller/model/agent-container.ts';
import type { PodSnapshot } from '../../controller/model/snapshot.ts';
import { container, noon, pod } from './snapshots.ts';

export const agentImage = 'registry/agent:1';

/** An injected agent that runs well. */
export function agentContainer(more: Partial<AgentContainer> = {}): AgentContainer {
  return { image: agentImage, restartCount: 0, runningSince: noon - 600_000, exits: [], appStarted: true, ...more };
}

/** One that has not been able to start since a minute ago, for which the app waits. */
export function blockedAgent(more: Partial<AgentContainer> = {}): AgentContainer {
  return {
    image: agentImage,
    restartCount: 0,
    failingSince: noon - 60_000,
    waitingReason: 'ImagePullBackOff',
    message: 'not found',
    exits: [],
    appStarted: false,
    ...more,
  };
}

/** A pod that waits for such an agent; its uid is its name. */
export function blockedPod(name: string, more: Partial<PodSnapshot> = {}): PodSnapshot {
  const { startedAt: _none, ...waiting } = container({ state: 'waiting', waitingReason: 'PodInitializing' });
  return pod({
    name,
    uid: name,
    phase: 'Pending',
    ready: false,
    readySince: undefined,
    createdAt: noon - 70_000,
    containers: [waiting],
    agent: blockedAgent(),
    ...more,
  });
}

/** What is found out about pods at a time. */
export function troublesOf(pods: readonly PodSnapshot[], now: number = noon): readonly AgentTrouble[] {
  return pods.flatMap((one) => troubleOf(one, now) ?? []);
}

/** A first suspension everywhere that began at a time. */
export function suspensionSince(since: number, more: Partial<Suspension> = {}): Suspension {
  const iso = (time: number): string => new Date(time).toISOString();
  return {
    image: agentImage,
    reason: 'image-pull',
    since: iso(since),
    until: iso(since + 600_000),
    count: 1,
    ...more,
  };
}
