import type { Finding } from '../model/finding.ts';

/** Findings of one template and class, earliest fault first. */
export interface Fault {
  readonly templateHash: string;
  readonly findings: readonly [Finding, ...Finding[]];
}

/**
 * Joins what the detectors found into one fault per template and failure class. Findings come in the order of the
 * detectors' list; of several on one pod only the first is kept, since the rest are its consequences.
 */
export function joinFindings(findings: readonly Finding[]): readonly Fault[] {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    const known = first.get(finding.pod.uid);
    if (known === undefined) first.set(finding.pod.uid, finding);
  }
  const faults = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of [...first.values()].toSorted((one, other) => one.faultAt - other.faultAt)) {
    const key = `${finding.pod.templateHash}/${finding.failureClass}`;
    const fault = faults.get(key);
    if (fault) fault.push(finding);
    else faults.set(key, [finding]);
  }
  return [...faults.values()].map((group) => ({ templateHash: group[0].pod.templateHash, findings: group }));
}
