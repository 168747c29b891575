import type { EnvironmentSchema } from '#runtime/environment.ts';
import { settingsSchema as controllerSettingsSchema } from '../../controller/settings.ts';
import { webhookSettingsSchema } from '../../webhook/settings.ts';
import { code, table } from './markdown.ts';

type Setting = EnvironmentSchema['properties'][string];

/** Settings of the processes that an operator runs. The agent's are written by the webhook alone. */
export function settingsPage(): string {
  return `# Settings

Each process reads its settings from environment variables once, at start. A malformed, missing or unknown \`AUTOPILOT_\`
variable stops it, and every problem is named at once. The chart sets them from its values.

## Webhook

${settingsTable(webhookSettingsSchema)}

## Controller

${settingsTable(controllerSettingsSchema)}
`;
}

function settingsTable(schema: EnvironmentSchema): string {
  const rows = Object.entries(schema.properties).map(([name, setting]) => [
    code(name),
    setting.description,
    schema.required.includes(name) ? 'required' : defaultOf(setting),
    rangeOf(setting),
  ]);
  return table(['Variable', 'Meaning', 'Default', 'Accepts'], rows);
}

function defaultOf({ default: value }: Setting): string {
  return value === undefined || value === '' ? 'unset' : code(String(value));
}

function rangeOf({ type, enum: values, minimum, maximum }: Setting): string {
  if (values !== undefined) return values.map(code).join(', ');
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${type}, ${minimum} or more`;
  return type;
}
