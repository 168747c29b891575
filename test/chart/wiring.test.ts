import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { roleLabel } from '#contract/annotations.ts';
import { settingsSchema as controllerSettingsSchema } from '../../controller/settings.ts';
import { webhookSettingsSchema } from '../../webhook/settings.ts';
import {
  chartDirectory,
  containerOf,
  environmentOf,
  find,
  parseManifests,
  release,
  render,
  renderText,
} from './render.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
/** For running a process outside a cluster; in one, the ServiceAccount is used. */
const notInACluster = 'AUTOPILOT_KUBECONFIG';

/** Values that become a bounded setting: path in the values → variable. */
const boundedValues: readonly [string, string][] = [
  ['remediation.cooldownSeconds', 'AUTOPILOT_COOLDOWN_SECONDS'],
  ['remediation.cooldownMaximumSeconds', 'AUTOPILOT_COOLDOWN_MAXIMUM_SECONDS'],
  ['remediation.maxAttempts', 'AUTOPILOT_MAX_ATTEMPTS'],
  ['remediation.verifyHealthySeconds', 'AUTOPILOT_VERIFY_HEALTHY_SECONDS'],
  ['remediation.verifyTimeoutSeconds', 'AUTOPILOT_VERIFY_TIMEOUT_SECONDS'],
  ['remediation.episodesBeforeEscalation', 'AUTOPILOT_EPISODES_BEFORE_ESCALATION'],
  ['remediation.actionsPerHour', 'AUTOPILOT_ACTIONS_PER_HOUR'],
  ['remediation.standDownSeconds', 'AUTOPILOT_STAND_DOWN_SECONDS'],
  ['remediation.approvalSeconds', 'AUTOPILOT_APPROVAL_SECONDS'],
  ['breaker.percentage', 'AUTOPILOT_BREAKER_PERCENTAGE'],
  ['breaker.pods', 'AUTOPILOT_BREAKER_PODS'],
  ['breaker.workloads', 'AUTOPILOT_BREAKER_WORKLOADS'],
  ['breaker.clusterPercentage', 'AUTOPILOT_BREAKER_CLUSTER_PERCENTAGE'],
  ['breaker.clusterWorkloads', 'AUTOPILOT_BREAKER_CLUSTER_WORKLOADS'],
  ['breaker.windowSeconds', 'AUTOPILOT_BREAKER_WINDOW_SECONDS'],
  ['breaker.halfOpenSeconds', 'AUTOPILOT_BREAKER_HALF_OPEN_SECONDS'],
  ['incidents.maximumAgeHours', 'AUTOPILOT_INCIDENT_MAXIMUM_AGE_HOURS'],
  ['incidents.maximumPerNamespace', 'AUTOPILOT_INCIDENT_MAXIMUM_PER_NAMESPACE'],
  ['overrides.maximumMemoryFactor', 'AUTOPILOT_OVERRIDE_MAXIMUM_MEMORY_FACTOR'],
  ['agent.probeSeconds', 'AUTOPILOT_AGENT_PROBE_SECONDS'],
  ['logLevel', 'AUTOPILOT_LOG_LEVEL'],
];
const allSinks = {
  slack: { existingSecret: 'chat' },
  discord: { existingSecret: 'chat', key: 'discord' },
  webhook: { existingSecret: 'custom' },
};

interface Bounds {
  readonly type: string;
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
}

/** What values.schema.json says about a value. */
async function valueSchema(path: string): Promise<unknown> {
  const schema = JSON.parse(await readFile(join(chartDirectory, 'values.schema.json'), 'utf8')) as unknown;
  return path
    .split('.')
    .reduce((node, key) => (node as { properties: Record<string, unknown> }).properties[key], schema);
}

describe('settings', () => {
  test.each([
    ['webhook', webhookSettingsSchema],
    ['controller', controllerSettingsSchema],
  ] as const)('of the %s that the chart sets are exactly those that the process knows', async (process, schema) => {
    const environment = environmentOf(await render({ notifications: allSinks }), process);
    const known = Object.keys(schema.properties).filter((name) => name !== notInACluster);
    expect([...environment.keys()].toSorted()).toEqual(known.toSorted());
  });

  test.each([
    ['webhook', webhookSettingsSchema],
    ['controller', controllerSettingsSchema],
  ] as const)('of the %s have the same defaults in the chart as in the process', async (process, schema) => {
    const environment = environmentOf(await render(), process);
    for (const [name, setting] of Object.entries<Bounds>(schema.properties)) {
      if (setting.default === undefined || !environment.has(name)) continue;
      expect(environment.get(name), name).toBe(String(setting.default));
    }
  });

  test.each(boundedValues)('from %s have the bounds of %s', async (path, variable) => {
    const properties = { ...webhookSettingsSchema.properties, ...controllerSettingsSchema.properties };
    const setting = Object.entries<Bounds>(properties).find(([name]) => name === variable)?.[1];
    const value = await valueSchema(path);
    const { minimum, maximum, enum: choices } = setting ?? {};
    expect(value).toMatchObject({ type: setting?.type, ...(choices ? { enum: choices } : { minimum, maximum }) });
  });

  test('of the controller each follow a value of their own', async () => {
    const ofController = boundedValues.filter(([path]) => /^(remediation|breaker|incidents)\./.test(path));
    const numbers = ofController.map(([path], index) => [path, (path.includes('Maximum') ? 700 : 50) + index] as const);
    const values: Record<string, Record<string, unknown>> = { driftActions: { enabled: true } };
    for (const [path, number] of numbers) {
      const [group = '', key = ''] = path.split('.');
      values[group] = { ...values[group], [key]: path === 'remediation.maxAttempts' ? 7 : number };
    }
    values['remediation'] = { ...values['remediation'], approvalSeconds: 604_800 };
    const environment = environmentOf(await render(values), 'controller');
    for (const [path, variable] of ofController) {
      const [group = '', key = ''] = path.split('.');
      expect(environment.get(variable), path).toBe(String(values[group]?.[key]));
    }
    expect(environment.get('AUTOPILOT_DRIFT_ACTIONS')).toBe('true');
  });

  test('name the objects that the chart renders', async () => {
    const manifests = await render();
    const environment = environmentOf(manifests, 'webhook');
    const rendered = (kind: string): unknown[] =>
      manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);
    expect(rendered('MutatingWebhookConfiguration')).toContain(environment.get('AUTOPILOT_WEBHOOK_CONFIGURATION'));
    expect(rendered('Service')).toContain(environment.get('AUTOPILOT_WEBHOOK_SERVICE'));
    expect(rendered('Service')).toContain(environment.get('AUTOPILOT_CONTROLLER_SERVICE'));
    expect(rendered('Secret')).toContain(environment.get('AUTOPILOT_WEBHOOK_TLS_SECRET'));
    expect(rendered('Secret')).toContain(environment.get('AUTOPILOT_CONTROLLER_TLS_SECRET'));
    const own = environmentOf(manifests, 'controller');
    expect(rendered('Secret')).toContain(own.get('AUTOPILOT_TLS_SECRET'));
    expect(rendered('Deployment')).toContain(own.get('AUTOPILOT_DEPLOYMENT'));
  });

  test('follow the values', async () => {
    const manifests = await render({
      clusterName: 'east',
      logLevel: 'debug',
      agent: {
        probeSeconds: 0.5,
        restartAllContainers: true,
        resources: { requests: { cpu: 1 }, limits: { memory: '64Mi' } },
      },
      notifications: { allowedCidrs: ['10.0.0.0/8', 'fd00::/8'] },
    });
    expect(Object.fromEntries(environmentOf(manifests, 'controller'))).toMatchObject({
      AUTOPILOT_CLUSTER_NAME: 'east',
      AUTOPILOT_LOG_LEVEL: 'debug',
      AUTOPILOT_SINK_ALLOWED_CIDRS: '10.0.0.0/8,fd00::/8',
    });
    expect(Object.fromEntries(environmentOf(manifests, 'webhook'))).toMatchObject({
      AUTOPILOT_LOG_LEVEL: 'debug',
      AUTOPILOT_AGENT_CPU_REQUEST: '1',
      AUTOPILOT_AGENT_MEMORY_LIMIT: '64Mi',
      AUTOPILOT_AGENT_PROBE_SECONDS: '0.5',
      AUTOPILOT_AGENT_RESTART_ALL_CONTAINERS: 'true',
    });
  });
});

describe('images', () => {
  test('follow the registry, the tag and, before all, the digest', async () => {
    const manifests = await render({
      image: { registry: 'registry.example:5000/team', pullPolicy: 'Always' },
      webhook: { image: { tag: 'v2' } },
      controller: { image: { repository: 'other/controller' } },
      agent: { image: { tag: 'v3', digest } },
    });
    expect(containerOf(manifests, 'webhook')).toMatchObject({
      image: 'registry.example:5000/team/infra-autopilot/webhook:v2',
      imagePullPolicy: 'Always',
    });
    expect(containerOf(manifests, 'controller').image).toBe('registry.example:5000/team/other/controller:0.1.0');
    const agent = `registry.example:5000/team/infra-autopilot/agent@${digest}`;
    expect(environmentOf(manifests, 'webhook').get('AUTOPILOT_AGENT_IMAGE')).toBe(agent);
  });

  test('never come from a registry that the operator did not name', async () => {
    const manifests = await render();
    for (const process of ['webhook', 'controller'] as const) {
      expect(containerOf(manifests, process).image).toMatch(/^localhost\//);
    }
    expect(environmentOf(manifests, 'webhook').get('AUTOPILOT_AGENT_IMAGE')).toMatch(/^localhost\//);
  });
});

describe('notifications', () => {
  test('come from Secrets that exist, and without one there is no variable', async () => {
    const manifests = await render({ notifications: allSinks });
    const environment = environmentOf(manifests, 'controller');
    expect(environment.get('AUTOPILOT_SLACK_URL')).toEqual({ secretKeyRef: { name: 'chat', key: 'url' } });
    expect(environment.get('AUTOPILOT_DISCORD_URL')).toEqual({ secretKeyRef: { name: 'chat', key: 'discord' } });
    expect(environment.get('AUTOPILOT_WEBHOOK_URL')).toEqual({ secretKeyRef: { name: 'custom', key: 'url' } });
    expect(environment.get('AUTOPILOT_WEBHOOK_SECRET')).toEqual({ secretKeyRef: { name: 'custom', key: 'secret' } });
    const silent = environmentOf(await render(), 'controller');
    expect([...silent.keys()].filter((name) => /_URL$|_SECRET$/.test(name) && name !== 'AUTOPILOT_TLS_SECRET')).toEqual(
      [],
    );
  });

  test('put no URL into any object', async () => {
    expect(await renderText({ notifications: allSinks })).not.toMatch(/https?:\/\//);
  });
});

describe('replicas', () => {
  test.each(['webhook', 'controller'] as const)(
    'of the %s are spread and keep one through a drain',
    async (process) => {
      const manifests = await render();
      const { replicas, strategy, template } = find(manifests, 'Deployment', `${release.name}-${process}`)['spec'];
      expect(replicas).toBe(2);
      expect(strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
      const spread = template.spec.topologySpreadConstraints;
      expect(spread).toMatchObject([{ topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' }]);
      expect(template.metadata.labels).toMatchObject(spread[0].labelSelector.matchLabels);
      const budget = find(manifests, 'PodDisruptionBudget', `${release.name}-${process}`)['spec'];
      expect(budget.maxUnavailable).toBe(1);
      expect(template.metadata.labels).toMatchObject(budget.selector.matchLabels);
    },
  );

  test('of one have no disruption budget, which would block each drain', async () => {
    const manifests = await render({ webhook: { replicas: 1 }, controller: { replicas: 1 } });
    expect(manifests.filter(({ kind }) => kind === 'PodDisruptionBudget')).toEqual([]);
  });
});

test('each replica of the controller is scraped once, whether it leads or not', async () => {
  const manifests = await render({ metrics: { serviceMonitor: { enabled: true } } });
  const monitor = find(manifests, 'ServiceMonitor', `${release.name}-controller`)['spec'];
  const services = manifests.filter(({ kind, metadata }) => {
    return (
      kind === 'Service' && Object.entries(monitor.selector.matchLabels).every(([k, v]) => metadata.labels?.[k] === v)
    );
  });
  const scraped = services.filter(({ spec }) =>
    spec.ports.some((port: { readonly name: string }) => port.name === monitor.endpoints[0]?.port),
  );
  expect(scraped.map(({ metadata }) => metadata.name)).toEqual([`${release.name}-controller-metrics`]);
  expect(scraped[0]?.['spec'].selector).not.toHaveProperty([roleLabel]);
});

describe('what is off by default', () => {
  test('is not rendered', async () => {
    const kinds = (await render()).map(({ kind }) => kind);
    for (const kind of ['NetworkPolicy', 'ServiceMonitor']) expect(kinds).not.toContain(kind);
  });

  test('selects the pods of the Services once it is on, whether they lead or not', async () => {
    const manifests = await render({
      networkPolicy: { enabled: true },
      metrics: { serviceMonitor: { enabled: true, labels: { prometheus: 'main' } } },
    });
    for (const process of ['webhook', 'controller']) {
      const name = `${release.name}-${process}`;
      const service = find(manifests, 'Service', name);
      const monitor = find(manifests, 'ServiceMonitor', name);
      const { matchLabels } = find(manifests, 'NetworkPolicy', name)['spec'].podSelector;
      expect(service['spec'].selector).toMatchObject(matchLabels);
      expect(matchLabels).not.toHaveProperty([roleLabel]);
      expect(service.metadata.labels).toMatchObject(monitor['spec'].selector.matchLabels);
      expect(monitor.metadata.labels).toMatchObject({ prometheus: 'main' });
    }
  });
});

test('a release of another name has names of its own and no namespace but its own', async () => {
  const text = await renderText({ fullnameOverride: 'pilot' });
  for (const { kind, metadata } of parseManifests(text)) {
    if (kind === 'CustomResourceDefinition') continue;
    expect(metadata.name).toMatch(/^pilot-(webhook|controller|canary|injection)(-tls|-metrics)?$/);
    const isClusterWide = /^(Cluster|Mutating)/.test(kind);
    expect(metadata.namespace).toBe(isClusterWide ? undefined : release.namespace);
  }
});
