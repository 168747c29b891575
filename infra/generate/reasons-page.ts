import { admissionReasons } from '#contract/admission.ts';
import { overrideProblems } from '#contract/admission-override.ts';
import { suspensionReasons } from '#contract/suspension.ts';
import { causes, refusalReasons } from '#contract/vocabulary.ts';
import { code, table } from './markdown.ts';

export function reasonsPage(): string {
  return `# Reasons

Every time something is not done, one of these says why.

## Not acting

In \`status.reason\` of an Incident, in Events and in the controller's log.

${reasonTable(refusalReasons)}

## Why a workload fails

In \`status.evidence.cause\` of an Incident and in notices, as far as the evidence tells.

${reasonTable(causes, 'Cause')}

## What the webhook did with a pod

In the webhook's log, in the label \`reason\` of \`autopilot_admission_reviews_total\` and in the API server's audit log. A pod
is admitted under every one of them.

${reasonTable(admissionReasons)}

## Why an override is not used

In the condition \`Accepted\` of an AdmissionOverride, as far as it holds whatever the pod; in the webhook's log; in the label \`reason\` of
\`autopilot_overrides_ignored_total\`.

${reasonTable(overrideProblems)}

## Why injection is suspended

In the ConfigMap with the suspensions, in the controller's log, in notices, and in the label \`reason\` of
\`autopilot_injection_suspended\` and \`autopilot_injection_blocked_pods\`.

${reasonTable(suspensionReasons)}
`;
}

function reasonTable(reasons: Readonly<Record<string, string>>, head = 'Reason'): string {
  return table(
    [head, 'Meaning'],
    Object.entries(reasons).map(([reason, sentence]) => [code(reason), sentence]),
  );
}
