import type { PolicyProblem } from '#contract/policy-status.ts';
import type { PolicySnapshot } from '../../model/policy.ts';

/** Problems that are kept of one policy, and characters of each: they end in a condition's message. */
const maximumProblems = 16;
const maximumProblemCharacters = 300;

export type ReportProblem = (reason: PolicyProblem, message: string) => void;

/** Gathers what of one policy can't be used, within bounds. */
export function makeProblems(): { readonly report: ReportProblem; readonly all: () => PolicySnapshot['problems'] } {
  const problems: { readonly reason: PolicyProblem; readonly message: string }[] = [];
  return {
    report: (reason, message) => {
      if (problems.length >= maximumProblems) return;
      problems.push({ reason, message: message.slice(0, maximumProblemCharacters) });
    },
    all: () => problems,
  };
}
