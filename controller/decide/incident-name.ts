import type { FailureClass } from '#contract/vocabulary.ts';

/** Longest part of a workload's name that is kept; with class and hash the name stays within a label's 63. */
const nameCharacters = 24;

/**
 * Name of the incident that a fault opens. The same fault gives the same name, so creating it twice (after a
 * restart, or before our own watch has seen it) fails instead of opening a second episode.
 */
export function incidentName(workload: string, failureClass: FailureClass, identity: string): string {
  const readable = workload.slice(0, nameCharacters).replace(/[^a-z0-9]+$/, '');
  return `${readable}-${failureClass.toLowerCase()}-${fnv1a(identity)}${fnv1a(`${identity}#`)}`;
}

/** FNV-1a, 32 bits in base 36: a name needs few collisions, not secrecy. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(36);
}
