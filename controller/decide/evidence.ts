import { maximumMessageCharacters, type IncidentStatus } from '#contract/incident.ts';

/** Adds the last lines of a container's log to the evidence. */
export function withLog(status: IncidentStatus, lines: readonly string[]): IncidentStatus {
  return lines.length === 0 ? status : { ...status, evidence: { ...status.evidence, log: lines } };
}

/** Adds what the agent's flight recorder had; what is there already stays where it has nothing. */
export function withMinuteBefore(status: IncidentStatus, lines: readonly string[]): IncidentStatus {
  return lines.length === 0 ? status : { ...status, evidence: { ...status.evidence, minuteBefore: lines } };
}

/** Adds what the API server said of a rehearsal to the message and to the entry of the timeline that holds it. */
export function withRehearsal(status: IncidentStatus, sentence: string): IncidentStatus {
  const message = `${status.message} ${sentence}`.slice(0, maximumMessageCharacters);
  const last = status.timeline.at(-1);
  const timeline = last === undefined ? [] : [...status.timeline.slice(0, -1), { ...last, message }];
  return { ...status, message, timeline };
}
