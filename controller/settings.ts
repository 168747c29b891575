import { AutopilotError } from '#runtime/errors.ts';
import { readEnvironment, type Settings } from '#runtime/environment.ts';
import { logLevels } from '#runtime/logger.ts';

const httpUrl = '^https?://[^\\s/]+';
const cidr = '[0-9A-Fa-f:.]+/[0-9]{1,3}';

/** Every setting of the controller. */
export const settingsSchema = {
  type: 'object',
  required: ['AUTOPILOT_NAMESPACE', 'AUTOPILOT_POD_NAME', 'AUTOPILOT_TLS_SECRET'],
  properties: {
    AUTOPILOT_NAMESPACE: { type: 'string', description: 'Namespace of the release.', pattern: '^[a-z0-9-]{1,63}$' },
    AUTOPILOT_POD_NAME: { type: 'string', description: 'Name of our own pod.', pattern: '^[a-z0-9.-]{1,253}$' },
    AUTOPILOT_LOG_LEVEL: {
      type: 'string',
      description: 'Least level that is logged.',
      enum: logLevels,
      default: 'info',
    },
    AUTOPILOT_CLUSTER_NAME: { type: 'string', description: 'Name of the cluster in messages.', default: '' },
    AUTOPILOT_TLS_SECRET: {
      type: 'string',
      description: 'Secret with the certificate of the report server.',
      pattern: '^[a-z0-9.-]{1,253}$',
    },
    AUTOPILOT_COOLDOWN_SECONDS: {
      type: 'integer',
      description: 'Wait after the first action on a workload; doubles with each further one.',
      minimum: 1,
      maximum: 86_400,
      default: 120,
    },
    AUTOPILOT_MAX_ATTEMPTS: {
      type: 'integer',
      description: 'Actions on one workload and template within 4 h, after which a person is called.',
      minimum: 1,
      maximum: 20,
      default: 3,
    },
    AUTOPILOT_VERIFY_HEALTHY_SECONDS: {
      type: 'integer',
      description: 'How long a replacement must be healthy before its incident is resolved.',
      minimum: 1,
      maximum: 3_600,
      default: 20,
    },
    AUTOPILOT_VERIFY_TIMEOUT_SECONDS: {
      type: 'integer',
      description: 'How long a replacement may take to become healthy.',
      minimum: 1,
      maximum: 86_400,
      default: 120,
    },
    AUTOPILOT_SLACK_URL: { type: 'string', description: 'Slack incoming webhook.', pattern: httpUrl },
    AUTOPILOT_DISCORD_URL: { type: 'string', description: 'Discord webhook.', pattern: httpUrl },
    AUTOPILOT_WEBHOOK_URL: { type: 'string', description: 'Endpoint that takes signed CloudEvents.', pattern: httpUrl },
    AUTOPILOT_WEBHOOK_SECRET: {
      type: 'string',
      description: 'Signing secret of that endpoint: base64, with or without the prefix whsec_.',
      pattern: '^(whsec_)?(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
      minLength: 16,
    },
    AUTOPILOT_SINK_ALLOWED_CIDRS: {
      type: 'string',
      description: 'Private address ranges that sinks may reach, separated by commas.',
      pattern: `^(${cidr}(,\\s*${cidr})*)?$`,
      default: '',
    },
    AUTOPILOT_KUBECONFIG: {
      type: 'string',
      description: 'Kubeconfig file to use instead of the ServiceAccount of our own pod.',
    },
  },
} as const;

export type ControllerSettings = Settings<typeof settingsSchema>;

/** @throws AutopilotError AP_SETTINGS_INVALID that names every problem at once. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ControllerSettings {
  const problems: string[] = [];
  if (Boolean(environment['AUTOPILOT_WEBHOOK_URL']) !== Boolean(environment['AUTOPILOT_WEBHOOK_SECRET'])) {
    problems.push('AUTOPILOT_WEBHOOK_URL and AUTOPILOT_WEBHOOK_SECRET must be set together');
  }
  let settings: ControllerSettings | undefined;
  try {
    settings = readEnvironment(settingsSchema, environment);
  } catch (error) {
    if (!(error instanceof AutopilotError) || problems.length === 0) throw error;
    throw new AutopilotError('AP_SETTINGS_INVALID', [error.message, ...problems].join('\n  '));
  }
  if (settings.AUTOPILOT_VERIFY_TIMEOUT_SECONDS < settings.AUTOPILOT_VERIFY_HEALTHY_SECONDS) {
    problems.push('AUTOPILOT_VERIFY_TIMEOUT_SECONDS must not be below AUTOPILOT_VERIFY_HEALTHY_SECONDS');
  }
  if (problems.length === 0) return settings;
  throw new AutopilotError('AP_SETTINGS_INVALID', `settings are not usable:\n  ${problems.join('\n  ')}`);
}

/** The ranges of AUTOPILOT_SINK_ALLOWED_CIDRS, one an entry. */
export function allowedCidrs(settings: ControllerSettings): readonly string[] {
  return settings.AUTOPILOT_SINK_ALLOWED_CIDRS.split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
}
