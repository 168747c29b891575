import type { AnsweredContainer } from '#contract/report-answer.ts';
import { maximumContainers } from '#contract/report.ts';

/** How often each container has begun anew since the agent first knew of it: each run has an id of its own. */
export interface RestartCount {
  learn(containers: readonly AnsweredContainer[]): void;
  counts(): ReadonlyMap<string, number>;
}

export function makeRestartCount(): RestartCount {
  const ids = new Map<string, string>();
  const counts = new Map<string, number>();
  return {
    learn: (containers) => {
      for (const { name, id } of containers) {
        if (id === undefined || (!ids.has(name) && ids.size >= maximumContainers)) continue;
        const before = ids.get(name);
        if (before !== id) counts.set(name, before === undefined ? 0 : (counts.get(name) ?? 0) + 1);
        ids.set(name, id);
      }
    },
    counts: () => counts,
  };
}
