import { defaultLadders } from '../../controller/decide/default-ladders.ts';
import { detectors } from '../../controller/detectors/index.ts';
import { code, table } from './markdown.ts';

export function detectorsPage(): string {
  const rows = detectors.map(({ failureClass, name, description }) => [
    code(failureClass),
    description,
    ladderOf(failureClass),
    code(name),
  ]);
  return `# Detectors

What is seen, and from when on. Of two findings on one pod the one that is further up holds.

The built-in ladder is what is done where no [policy](crds.md#remediationpolicy) names the failure class: its [remedies](handlers.md)
in order, each as often as is said.

${table(['Failure class', 'Seen when', 'Built-in ladder', 'Detector'], rows)}
`;
}

function ladderOf(failureClass: keyof typeof defaultLadders): string {
  const steps = defaultLadders[failureClass].map(({ handler, maxAttempts }) =>
    handler === 'escalate' || maxAttempts === 1 ? code(handler) : `${code(handler)} ×${maxAttempts}`,
  );
  return steps.join(', then ') || 'only recorded';
}
