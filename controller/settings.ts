import { AutopilotError } from '#runtime/errors.ts';
import { readEnvironment, type Settings } from '#runtime/environment.ts';
import { logLevels } from '#runtime/logger.ts';

const httpUrl = '^https?://[^\\s/]+';
const objectName = '^[a-z0-9.-]{1,253}$';
const cidr = '[0-9A-Fa-f:.]+/[0-9]{1,3}';

/** Every setting of the controller. */
export const settingsSchema = {
  type: 'object',
  required: [
    'AUTOPILOT_NAMESPACE',
    'AUTOPILOT_POD_NAME',
    'AUTOPILOT_DEPLOYMENT',
    'AUTOPILOT_LEASE',
    'AUTOPILOT_TLS_SECRET',
    'AUTOPILOT_INJECTION_CONFIGMAP',
  ],
  properties: {
    AUTOPILOT_NAMESPACE: { type: 'string', description: 'Namespace of the release.', pattern: '^[a-z0-9-]{1,63}$' },
    AUTOPILOT_POD_NAME: { type: 'string', description: 'Name of our own pod.', pattern: objectName },
    AUTOPILOT_DEPLOYMENT: {
      type: 'string',
      description: 'Name of our own Deployment; pausing it holds every action.',
      pattern: objectName,
    },
    AUTOPILOT_LEASE: {
      type: 'string',
      description: 'Lease by which the controllers of a release agree on the one that acts.',
      pattern: objectName,
    },
    AUTOPILOT_EXCLUDED_NAMESPACES: {
      type: 'string',
      description: 'Namespaces whose pods the webhook leaves without the agent, separated by commas.',
      default: '',
    },
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
      pattern: objectName,
    },
    AUTOPILOT_INJECTION_CONFIGMAP: {
      type: 'string',
      description: 'ConfigMap in which the webhooks are told where injection is suspended.',
      pattern: objectName,
    },
    AUTOPILOT_COOLDOWN_SECONDS: {
      type: 'integer',
      description: 'Wait after the first action on a workload; doubles with each further one.',
      minimum: 1,
      maximum: 86_400,
      default: 120,
    },
    AUTOPILOT_COOLDOWN_MAXIMUM_SECONDS: {
      type: 'integer',
      description: 'Longest that the doubled wait gets.',
      minimum: 1,
      maximum: 86_400,
      default: 1_800,
    },
    AUTOPILOT_MAX_ATTEMPTS: {
      type: 'integer',
      description: 'Most attempts of one step of the built-in ladders within 4 h; a policy’s own steps say theirs.',
      minimum: 1,
      maximum: 20,
      default: 3,
    },
    AUTOPILOT_EPISODES_BEFORE_ESCALATION: {
      type: 'integer',
      description: 'Episodes of one workload within 4 h that were acted on, after which a person is called.',
      minimum: 1,
      maximum: 100,
      default: 5,
    },
    AUTOPILOT_ACTIONS_PER_HOUR: {
      type: 'integer',
      description: 'Most actions in one namespace within an hour; 0 allows none.',
      minimum: 0,
      maximum: 1_000,
      default: 10,
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
    AUTOPILOT_STAND_DOWN_SECONDS: {
      type: 'integer',
      description: 'How long changes of a Deployment wait after a person rolled it out.',
      minimum: 0,
      maximum: 86_400,
      default: 600,
    },
    AUTOPILOT_APPROVAL_SECONDS: {
      type: 'integer',
      description: 'How long a proposal waits for a person’s approval.',
      minimum: 60,
      maximum: 604_800,
      default: 3_600,
    },
    AUTOPILOT_DRIFT_ACTIONS: {
      type: 'boolean',
      description: 'Whether actions that change what people declared may be taken; each policy must allow them too.',
      default: false,
    },
    AUTOPILOT_BREAKER_PERCENTAGE: {
      type: 'integer',
      description: 'Failing share of a workload’s pods, or of a namespace’s workloads, that opens its breaker.',
      minimum: 1,
      maximum: 100,
      default: 30,
    },
    AUTOPILOT_BREAKER_PODS: {
      type: 'integer',
      description: 'Failing pods of a workload below which its breaker stays closed.',
      minimum: 1,
      maximum: 1_000,
      default: 3,
    },
    AUTOPILOT_BREAKER_WORKLOADS: {
      type: 'integer',
      description: 'Failing workloads of a namespace below which its breaker stays closed.',
      minimum: 1,
      maximum: 1_000,
      default: 5,
    },
    AUTOPILOT_BREAKER_CLUSTER_PERCENTAGE: {
      type: 'integer',
      description: 'Failing share of the cluster’s workloads that opens its breaker.',
      minimum: 1,
      maximum: 100,
      default: 10,
    },
    AUTOPILOT_BREAKER_CLUSTER_WORKLOADS: {
      type: 'integer',
      description: 'Failing workloads of the cluster below which its breaker stays closed.',
      minimum: 1,
      maximum: 10_000,
      default: 10,
    },
    AUTOPILOT_BREAKER_WINDOW_SECONDS: {
      type: 'integer',
      description: 'How far back failures count for the breakers of namespaces and of the cluster.',
      minimum: 10,
      maximum: 3_600,
      default: 120,
    },
    AUTOPILOT_BREAKER_HALF_OPEN_SECONDS: {
      type: 'integer',
      description: 'After how long an open breaker lets one action be tried.',
      minimum: 10,
      maximum: 86_400,
      default: 300,
    },
    AUTOPILOT_INCIDENT_MAXIMUM_AGE_HOURS: {
      type: 'integer',
      description: 'Age at which an ended incident is deleted; the limits look 4 h back, so never below 5.',
      minimum: 5,
      maximum: 8_760,
      default: 168,
    },
    AUTOPILOT_INCIDENT_MAXIMUM_PER_NAMESPACE: {
      type: 'integer',
      description: 'Incidents of one namespace above which the oldest ended ones are deleted.',
      minimum: 10,
      maximum: 10_000,
      default: 500,
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
  if (settings.AUTOPILOT_COOLDOWN_MAXIMUM_SECONDS < settings.AUTOPILOT_COOLDOWN_SECONDS) {
    problems.push('AUTOPILOT_COOLDOWN_MAXIMUM_SECONDS must not be below AUTOPILOT_COOLDOWN_SECONDS');
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

/** The names of AUTOPILOT_EXCLUDED_NAMESPACES. */
export function excludedNamespacesOf(settings: ControllerSettings): ReadonlySet<string> {
  return new Set(settings.AUTOPILOT_EXCLUDED_NAMESPACES.split(',').map((name) => name.trim()));
}
