import type { SuspensionReason } from '#contract/suspension.ts';
import type { AgentContainer } from '../model/agent-container.ts';
import type { PodSnapshot } from '../model/snapshot.ts';

/** A pod that our own agent keeps from starting or from being ready. */
export interface AgentTrouble {
  readonly pod: PodSnapshot;
  readonly image: string;
  readonly reason: SuspensionReason;
  /** What the kubelet says, for people. */
  readonly detail: string;
}

/** Less may pass by itself: a registry that was busy, a kubelet that has just started. It is one more try of a pull. */
const graceMilliseconds = 10_000;

/** A node pulls one image after the other, so the agent's may stand behind large ones for minutes. */
const startMilliseconds = 300_000;

/** So many ends of one agent within this time are a loop. A node that restarts ends each of its agents once. */
const loopExits = 3;
const loopMilliseconds = 600_000;

const pullReasons: readonly string[] = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];

const endReasons: readonly string[] = ['CrashLoopBackOff', 'Error', 'OOMKilled', 'Completed'];

/** Judges one pod. Undefined for one that ends or has ended: its agent goes with it. */
export function troubleOf(pod: PodSnapshot, now: number): AgentTrouble | undefined {
  const { agent } = pod;
  if (agent === undefined || pod.terminating || pod.phase === 'Succeeded' || pod.phase === 'Failed') return undefined;
  const reason = reasonOf(agent, now);
  if (reason === undefined) return undefined;
  const said = [agent.waitingReason, agent.message].filter((text) => text !== undefined && text !== '');
  return { pod, image: agent.image, reason, detail: said.join(': ') };
}

function reasonOf(agent: AgentContainer, now: number): SuspensionReason | undefined {
  const { failingSince, waitingReason = '', dueSince, exits, appStarted } = agent;
  if (exits.filter((at) => now - at < loopMilliseconds).length >= loopExits) {
    return isDown(agent) || now - (exits.at(-1) ?? 0) < graceMilliseconds ? 'crash-loop' : undefined;
  }
  if (failingSince !== undefined && now - failingSince >= graceMilliseconds) {
    if (pullReasons.includes(waitingReason)) return 'image-pull';
    return endReasons.includes(waitingReason) ? 'crash-loop' : 'cannot-start';
  }
  const isLate = !appStarted && dueSince !== undefined && now - dueSince >= startMilliseconds;
  return isLate ? 'not-started' : undefined;
}

function isDown({ runningSince }: AgentContainer): boolean {
  return runningSince === undefined;
}
