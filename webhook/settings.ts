import { readEnvironment, type Settings } from '#runtime/environment.ts';
import { logLevels } from '#runtime/logger.ts';

const dnsLabel = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';
const dnsSubdomain = '^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$';
const cpuQuantity = '^([1-9][0-9]*m|[1-9][0-9]*|[0-9]+\\.[0-9]{1,3})$';
const memoryQuantity = '^[1-9][0-9]*(Ki|Mi|Gi|k|M|G)?$';

/** Every setting of the webhook. */
export const webhookSettingsSchema = {
  type: 'object',
  required: [
    'AUTOPILOT_NAMESPACE',
    'AUTOPILOT_WEBHOOK_CONFIGURATION',
    'AUTOPILOT_WEBHOOK_SERVICE',
    'AUTOPILOT_WEBHOOK_TLS_SECRET',
    'AUTOPILOT_CONTROLLER_SERVICE',
    'AUTOPILOT_CONTROLLER_TLS_SECRET',
    'AUTOPILOT_AGENT_IMAGE',
    'AUTOPILOT_CANARY_SELECTOR',
    'AUTOPILOT_INJECTION_CONFIGMAP',
    'AUTOPILOT_POD_NAME',
  ],
  properties: {
    AUTOPILOT_NAMESPACE: {
      type: 'string',
      pattern: dnsLabel,
      description: 'Namespace of the release: holds the Secrets and Services, and is never injected.',
    },
    AUTOPILOT_POD_NAME: {
      type: 'string',
      pattern: dnsSubdomain,
      description: 'Name of our own pod, under which it acknowledges overrides.',
    },
    AUTOPILOT_LOG_LEVEL: {
      type: 'string',
      enum: logLevels,
      default: 'info',
      description: 'Least level that is logged.',
    },
    AUTOPILOT_KUBECONFIG: {
      type: 'string',
      description: 'Kubeconfig file to use outside of a cluster; in a pod its ServiceAccount is used.',
    },
    AUTOPILOT_WEBHOOK_CONFIGURATION: {
      type: 'string',
      pattern: dnsSubdomain,
      description: 'Name of the MutatingWebhookConfiguration whose caBundle is kept.',
    },
    AUTOPILOT_WEBHOOK_SERVICE: {
      type: 'string',
      pattern: dnsLabel,
      description: 'Service by which the API server reaches the webhook.',
    },
    AUTOPILOT_WEBHOOK_TLS_SECRET: {
      type: 'string',
      pattern: dnsSubdomain,
      description: 'Secret that holds the authority and the webhook’s certificate.',
    },
    AUTOPILOT_CERTIFICATES: {
      type: 'string',
      enum: ['builtin', 'cert-manager'],
      default: 'builtin',
      description:
        'Who issues certificates and writes the caBundle: the webhook itself, or cert-manager, whom it then follows.',
    },
    AUTOPILOT_CONTROLLER_SERVICE: {
      type: 'string',
      pattern: dnsLabel,
      description: 'Service by which agents reach the controller.',
    },
    AUTOPILOT_CONTROLLER_TLS_SECRET: {
      type: 'string',
      pattern: dnsSubdomain,
      description: 'Secret that gets the controller’s certificate.',
    },
    AUTOPILOT_EXCLUDED_NAMESPACES: {
      type: 'string',
      default: '',
      description: 'Further namespaces that are never injected, separated by commas.',
    },
    AUTOPILOT_AGENT_IMAGE: { type: 'string', minLength: 1, description: 'Image of the injected agent.' },
    AUTOPILOT_CANARY_SELECTOR: {
      type: 'string',
      minLength: 1,
      description:
        'Labels of the pods, in the namespace of the release, that prove the agent’s image before it is injected.',
    },
    AUTOPILOT_INJECTION_CONFIGMAP: {
      type: 'string',
      pattern: dnsSubdomain,
      description: 'ConfigMap in which the controller says where injection is suspended.',
    },
    AUTOPILOT_OVERRIDE_MAXIMUM_MEMORY: {
      type: 'string',
      pattern: memoryQuantity,
      default: '8Gi',
      description: 'Memory limit above which no override raises a container.',
    },
    AUTOPILOT_OVERRIDE_MAXIMUM_MEMORY_FACTOR: {
      type: 'number',
      minimum: 1,
      maximum: 100,
      default: 4,
      description: 'How many times its declared memory limit an override gives a container at most.',
    },
    AUTOPILOT_AGENT_CPU_REQUEST: {
      type: 'string',
      pattern: cpuQuantity,
      default: '10m',
      description: 'CPU request of the agent.',
    },
    AUTOPILOT_AGENT_CPU_LIMIT: {
      type: 'string',
      pattern: cpuQuantity,
      default: '100m',
      description: 'CPU limit of the agent; in a Guaranteed pod also its request.',
    },
    AUTOPILOT_AGENT_MEMORY_REQUEST: {
      type: 'string',
      pattern: memoryQuantity,
      default: '4Mi',
      description: 'Memory request of the agent.',
    },
    AUTOPILOT_AGENT_MEMORY_LIMIT: {
      type: 'string',
      pattern: memoryQuantity,
      default: '32Mi',
      description: 'Memory limit of the agent; in a Guaranteed pod also its request.',
    },
    AUTOPILOT_AGENT_PROBE_SECONDS: {
      type: 'number',
      minimum: 0.1,
      maximum: 60,
      default: 1,
      description: 'Seconds between two tries of a probe by the agent.',
    },
    AUTOPILOT_AGENT_RESTART_ALL_CONTAINERS: {
      type: 'boolean',
      default: false,
      description:
        'Whether the cluster can restart all containers of a pod on an exit code of its agent (feature gates).',
    },
  },
} as const;

export type WebhookSettings = Settings<typeof webhookSettingsSchema>;

/** @throws AutopilotError AP_SETTINGS_INVALID that names every problem. */
export function readWebhookSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): WebhookSettings {
  return readEnvironment(webhookSettingsSchema, environment);
}

/** The names of AUTOPILOT_EXCLUDED_NAMESPACES. */
export function excludedNamespacesOf(settings: WebhookSettings): readonly string[] {
  return settings.AUTOPILOT_EXCLUDED_NAMESPACES.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
