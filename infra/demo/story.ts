import type { IncidentPhase } from '#contract/vocabulary.ts';

/** Who or what a line of the story is about. */
export type Teller = 'demo' | 'kubelet' | 'seen' | 'decided' | 'done' | 'verified' | 'outside' | 'held';

/** One thing that happened, at a time in milliseconds since the epoch. */
export interface StoryLine {
  readonly at: number;
  readonly teller: Teller;
  readonly text: string;
}

interface Termination {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly finishedAt?: string;
}

/** What the story needs of a pod. */
export interface DemoPod {
  readonly name: string;
  readonly uid: string;
  readonly workload: string;
  readonly ready: boolean;
  readonly deleting: boolean;
  readonly injected: boolean;
  readonly restartCount: number;
  readonly waitingReason: string | undefined;
  readonly lastExit: Termination | undefined;
}

/** What a change of a pod adds to the story, seen at `at`. */
export function podStory(
  previous: DemoPod | undefined,
  current: DemoPod | undefined,
  at: number,
): readonly StoryLine[] {
  if (current === undefined) return [];
  const told = (text: string): StoryLine => ({ at, teller: 'kubelet', text });
  if (previous === undefined) return [told(`pod ${current.name} was created`)];
  const lines: StoryLine[] = [];
  if (current.restartCount > previous.restartCount) {
    const { exitCode = '?', reason = 'unknown' } = current.lastExit ?? {};
    lines.push(told(`the app ended with ${exitCode} (${reason}); restart #${current.restartCount} in the same pod`));
  }
  if (current.waitingReason !== previous.waitingReason && current.waitingReason === 'CrashLoopBackOff') {
    lines.push(told('CrashLoopBackOff: now waits before it restarts the app again'));
  }
  if (current.deleting && !previous.deleting) lines.push(told(`pod ${current.name} is leaving`));
  if (current.ready && !previous.ready && !current.deleting) lines.push(told(`pod ${current.name} is ready`));
  return lines;
}

/** An entry of an Incident's timeline. */
export interface TimelineEntry {
  readonly at: string;
  readonly phase: IncidentPhase;
  readonly message: string;
}

/** What an Incident's timeline tells beyond its first `known` entries. */
export function incidentStory(timeline: readonly TimelineEntry[], known: number): readonly StoryLine[] {
  return timeline
    .slice(known)
    .map(({ at, phase, message }) => ({ at: Date.parse(at), teller: tellerOf(phase), text: message }));
}

function tellerOf(phase: IncidentPhase): Teller {
  switch (phase) {
    case 'Detected':
      return 'seen';
    case 'Acting':
      return 'decided';
    case 'Verifying':
      return 'done';
    case 'Resolved':
      return 'verified';
    case 'Deciding':
    case 'AwaitingApproval':
    case 'Ineffective':
    case 'Escalated':
    case 'Held':
      return 'held';
  }
}
