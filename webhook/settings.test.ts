import { describe, expect, test } from 'vitest';
import { excludedNamespacesOf, readWebhookSettings } from './settings.ts';

const needed = {
  AUTOPILOT_NAMESPACE: 'infra-autopilot',
  AUTOPILOT_WEBHOOK_CONFIGURATION: 'infra-autopilot-webhook',
  AUTOPILOT_WEBHOOK_SERVICE: 'infra-autopilot-webhook',
  AUTOPILOT_WEBHOOK_TLS_SECRET: 'infra-autopilot-webhook-tls',
  AUTOPILOT_CONTROLLER_SERVICE: 'infra-autopilot-controller',
  AUTOPILOT_CONTROLLER_TLS_SECRET: 'infra-autopilot-controller-tls',
  AUTOPILOT_AGENT_IMAGE: 'agent:1',
  AUTOPILOT_CANARY_SELECTOR: 'app.kubernetes.io/component=canary',
  AUTOPILOT_INJECTION_CONFIGMAP: 'injection',
  AUTOPILOT_POD_NAME: 'webhook-0',
};

describe('the webhook’s settings', () => {
  test('have defaults for everything about the agent but its image', () => {
    expect(readWebhookSettings(needed)).toEqual({
      ...needed,
      AUTOPILOT_LOG_LEVEL: 'info',
      AUTOPILOT_CERTIFICATES: 'builtin',
      AUTOPILOT_EXCLUDED_NAMESPACES: '',
      AUTOPILOT_OVERRIDE_MAXIMUM_MEMORY: '8Gi',
      AUTOPILOT_OVERRIDE_MAXIMUM_MEMORY_FACTOR: 4,
      AUTOPILOT_AGENT_CPU_REQUEST: '10m',
      AUTOPILOT_AGENT_CPU_LIMIT: '100m',
      AUTOPILOT_AGENT_MEMORY_REQUEST: '4Mi',
      AUTOPILOT_AGENT_MEMORY_LIMIT: '32Mi',
      AUTOPILOT_AGENT_PROBE_SECONDS: 1,
      AUTOPILOT_AGENT_RESTART_ALL_CONTAINERS: false,
    });
  });

  test('name excluded namespaces separated by commas', () => {
    const read = readWebhookSettings({ ...needed, AUTOPILOT_EXCLUDED_NAMESPACES: 'vault, istio-system,' });
    expect(excludedNamespacesOf(read)).toEqual(['vault', 'istio-system']);
    expect(excludedNamespacesOf(readWebhookSettings(needed))).toEqual([]);
  });

  test('name every one that is missing', () => {
    const message = (() => {
      try {
        readWebhookSettings({});
        return '';
      } catch (error) {
        return String(error);
      }
    })();
    for (const name of Object.keys(needed)) expect(message).toContain(`${name} is required`);
  });

  test.each([
    ['AUTOPILOT_NAMESPACE', 'Not_A_Name'],
    ['AUTOPILOT_LOG_LEVEL', 'loud'],
    ['AUTOPILOT_AGENT_CPU_REQUEST', '10 millicores'],
    ['AUTOPILOT_AGENT_MEMORY_LIMIT', '128MB'],
    ['AUTOPILOT_AGENT_PROBE_SECONDS', '0'],
    ['AUTOPILOT_AGENT_PROBE_SECONDS', 'often'],
  ])('refuse %s=%s', (name, value) => {
    expect(() => readWebhookSettings({ ...needed, [name]: value })).toThrow(name);
  });
});
