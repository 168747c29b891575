import type { AgentPower } from '#contract/vocabulary.ts';
import type { WorkloadSnapshot } from './snapshot.ts';

/** Three reports' time: an agent that has been silent for longer is not counted on. */
const freshMilliseconds = 15_000;

/** Whether the agent of a pod has said lately that it can do something. */
export function hasPower(snapshot: WorkloadSnapshot, podUid: string, power: AgentPower, now: number): boolean {
  const agent = snapshot.agents.get(podUid);
  return agent !== undefined && now - agent.receivedAt <= freshMilliseconds && agent.powers.includes(power);
}
