import type { FailureClass } from '#contract/vocabulary.ts';
import { fnv1a } from './hash.ts';

/** Longest part of a workload's name that is kept; with class and hash the name stays within a label's 63. */
const nameCharacters = 24;

/**
 * Name of the incident that a fault opens. The same fault gives the same name, so creating it twice (after a
 * restart, or before our own watch has seen it) fails instead of opening a second episode.
 */
export function incidentName(workload: string, failureClass: FailureClass, identity: string): string {
  const readable = workload.slice(0, nameCharacters).replace(/[^a-z0-9]+$/, '');
  return `${readable}-${failureClass.toLowerCase()}-${short(identity)}${short(`${identity}#`)}`;
}

function short(text: string): string {
  return fnv1a(text).toString(36);
}
