import { failureClasses } from '#contract/vocabulary.ts';
import { handlers } from '../../controller/handlers/index.ts';
import type { Handler, SettingsSchema } from '../../controller/model/plan.ts';
import { code, table } from './markdown.ts';

export function handlersPage(): string {
  return `# Remedies

What a step of a [policy](crds.md#remediationpolicy)’s ladder may name as its \`handler\`. A step for a failure class that its
remedy does not fit is left out, and the policy’s condition \`Accepted\` says so; so is one with a setting that does not fit.

${handlers.map(section).join('\n\n')}
`;
}

function section({ name, description, failureClasses: fits, settings }: Handler): string {
  const all = failureClasses.every((failureClass) => fits.includes(failureClass));
  return `## ${name}

${description}

Fits ${all ? 'every failure class' : fits.map(code).join(', ')}.

${settingsOf(settings)}`;
}

function settingsOf({ properties }: SettingsSchema): string {
  const rows = Object.entries(properties).map(([name, setting]) => [
    code(name),
    setting.description,
    code(String(setting.default)),
    acceptsOf(setting),
  ]);
  return rows.length === 0 ? 'It takes no settings.' : table(['Setting', 'Meaning', 'Default', 'Accepts'], rows);
}

function acceptsOf({ type, enum: values, minimum, maximum }: SettingsSchema['properties'][string]): string {
  if (values !== undefined) return values.map(code).join(', ');
  return minimum === undefined || maximum === undefined ? type : `${type}, ${minimum} to ${maximum}`;
}
