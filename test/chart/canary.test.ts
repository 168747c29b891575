import { beforeAll, describe, expect, test } from 'vitest';
import { agentVariables } from '#contract/agent-settings.ts';
import {
  agentContainerName,
  cacheVolumesAnnotation,
  injectedAnnotation,
  shareProcessNamespaceAnnotation,
} from '#contract/annotations.ts';
import { admitObject, exampleAgent, exampleContext, patched } from '#test/support/admission.ts';
import { environmentOf, find, release, render, type Manifest } from './render.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
let manifests: readonly Manifest[];
let template: Manifest['template'];

beforeAll(async () => {
  manifests = await render({ agent: { image: { digest } }, canary: { nodeSelector: { pool: 'apps' } } });
  template = find(manifests, 'Deployment', `${release.name}-canary`)['spec'].template;
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly readinessProbe?: object;
}

/** What does not have to be the same: a canary has no controller to report to, and needs a probe to be ready by. */
function withoutVariables({ env: _env, readinessProbe: _probe, ...container }: Container): object {
  return container;
}

describe('the canary', () => {
  test('runs the very image that the webhook injects', () => {
    const image = environmentOf(manifests, 'webhook').get('AUTOPILOT_AGENT_IMAGE');
    const { initContainers, containers } = template.spec as Record<string, readonly Container[]>;
    expect([...(initContainers ?? []), ...(containers ?? [])].map((one) => one.image)).toEqual([image, image]);
    expect(image).toContain(digest);
  });

  test('carries the container, the volume and the shared processes that injection would add to it', () => {
    const { initContainers, volumes, ...spec } = template.spec as Record<string, readonly Container[]>;
    const [agent] = initContainers ?? [];
    const others = volumes?.filter(({ name }) => name !== 'infra-autopilot-token');
    const asked = { [shareProcessNamespaceAnnotation]: 'true', [cacheVolumesAnnotation]: 'cache' };
    const { shareProcessNamespace, ...plain } = spec;
    expect(shareProcessNamespace).toBe(true);
    const pod = {
      metadata: { ...template.metadata, annotations: asked },
      spec: { ...plain, volumes: others },
    };
    const { requests, limits } = (agent as unknown as Manifest)['resources'];
    const amounts = {
      cpuRequest: requests.cpu,
      memoryRequest: requests.memory,
      cpuLimit: limits.cpu,
      memoryLimit: limits.memory,
    };
    const settings = { ...exampleAgent, ...amounts, image: agent?.image ?? '' };
    const outcome = admitObject(pod, { ...exampleContext(), agent: settings });
    expect([outcome.reason, outcome.warnings]).toEqual(['injected', []]);
    const injected = patched(pod, outcome) as { readonly spec: Record<string, readonly Container[]> };
    expect(injected.spec['initContainers']?.map(withoutVariables)).toEqual(initContainers?.map(withoutVariables));
    expect(injected.spec['volumes']).toEqual(volumes);
    expect(injected.spec['shareProcessNamespace']).toBe(true);
  });

  test('is ready only when both of its containers answer, and starts the second only after the first', () => {
    const { initContainers, containers } = template.spec as Record<string, readonly Manifest[]>;
    const [agent, app] = [...(initContainers ?? []), ...(containers ?? [])];
    expect(agent).toMatchObject({ name: agentContainerName, restartPolicy: 'Always' });
    const ports = [agent, app].map((one) => [one?.['readinessProbe'].httpGet.port, portOf(one)]);
    expect(ports).toEqual([
      [9615, '9615'],
      [8080, '8080'],
    ]);
  });

  test('is found by the labels that the webhook looks for, whatever labels people add', async () => {
    const labelled = await render({ canary: { podLabels: { team: 'x', 'app.kubernetes.io/component': 'webhook' } } });
    const { labels } = find(labelled, 'Deployment', `${release.name}-canary`)['spec'].template.metadata;
    const selector = String(environmentOf(labelled, 'webhook').get('AUTOPILOT_CANARY_SELECTOR'));
    const wanted = Object.fromEntries(selector.split(',').map((pair) => pair.split('=')));
    expect(labels).toEqual({ team: 'x', ...wanted });
    for (const process of ['webhook', 'controller']) {
      const other = find(labelled, 'Deployment', `${release.name}-${process}`)['spec'].template.metadata.labels;
      expect(other).not.toMatchObject(wanted);
    }
  });

  test('holds no API token, has no way in from its node, and runs as the restricted standard asks', () => {
    expect(template.spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(template.spec.nodeSelector).toEqual({ pool: 'apps' });
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'serviceAccountName']) {
      expect(template.spec).not.toHaveProperty(field);
    }
    expect(template.metadata.annotations ?? {}).not.toHaveProperty([injectedAnnotation]);
    for (const container of [...template.spec.initContainers, ...template.spec.containers]) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  });
});

test('the record of suspensions is rendered empty, so that an upgrade leaves it alone, and both processes name it', () => {
  const record = find(manifests, 'ConfigMap', `${release.name}-injection`);
  expect(record).not.toHaveProperty('data');
  for (const process of ['webhook', 'controller'] as const) {
    expect(environmentOf(manifests, process).get('AUTOPILOT_INJECTION_CONFIGMAP')).toBe(record.metadata.name);
  }
});

function portOf(container: Manifest | undefined): string | undefined {
  const { env = [] } = (container ?? {}) as Partial<Container>;
  return env.find(({ name }) => name === agentVariables.port)?.value;
}
