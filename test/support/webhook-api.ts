import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentContainerName } from '#contract/annotations.ts';
import { sendJson, startLoopbackApi, type LoopbackRequest } from './loopback-api.ts';

/** What a webhook needs of the API server, in memory, and how to start a webhook on it. */
export interface WebhookApi {
  /** Environment of a webhook process that uses this API. */
  readonly environment: Readonly<Record<string, string>>;
  /** A key of the Secret with the webhook's certificate; '' until there is one. */
  secret(key: string): string;
  stop(): Promise<void>;
}

interface Stored {
  version: number;
  data: Readonly<Record<string, string>>;
}

const secretPath = /\/namespaces\/operations\/secrets\/(webhook-tls|controller-tls)$/;
const configurationPath = /\/mutatingwebhookconfigurations\/webhook$/;

/** A pod of the canary that has run the image. */
export function canaryPod(image: string, ready = true): object {
  return {
    metadata: { name: 'canary-1', namespace: 'operations', uid: 'canary-1' },
    spec: { initContainers: [{ name: agentContainerName, image }] },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const agentImage = 'registry.example/agent:1';

/** The namespace that example reviews are about is opted in; there are no limits and quotas. */
const listed = new Map<string, readonly object[]>([
  ['/api/v1/namespaces', [{ metadata: { name: 'shop' } }]],
  ['/api/v1/namespaces/operations/pods', [canaryPod(agentImage)]],
]);

/** Two empty Secrets and a webhook configuration that can be patched. */
export async function startWebhookApi(): Promise<WebhookApi> {
  const secrets = new Map<string, Stored>();
  let bundle = { version: 1, value: '' };

  const secret = ({ method, body }: LoopbackRequest, name: string): object => {
    const stored = secrets.get(name) ?? { version: 1, data: {} };
    if (method === 'PATCH') {
      const { data } = JSON.parse(body) as { data: Readonly<Record<string, string>> };
      stored.data = { ...stored.data, ...data };
      stored.version += 1;
    }
    secrets.set(name, stored);
    return { metadata: { name, resourceVersion: String(stored.version) }, data: stored.data };
  };

  const configuration = ({ method, body }: LoopbackRequest): object => {
    if (method === 'PATCH') {
      const operations = JSON.parse(body) as readonly { readonly path: string; readonly value: string }[];
      const value = operations.find(({ path }) => path.endsWith('/caBundle'))?.value ?? '';
      bundle = { version: bundle.version + 1, value };
    }
    return {
      metadata: { name: 'webhook', resourceVersion: String(bundle.version) },
      webhooks: [{ clientConfig: { caBundle: bundle.value } }],
    };
  };

  const api = await startLoopbackApi((request, response) => {
    const { pathname, searchParams } = request.url;
    const name = secretPath.exec(pathname)?.[1];
    if (name !== undefined) sendJson(response, 200, secret(request, name));
    else if (configurationPath.test(pathname)) sendJson(response, 200, configuration(request));
    else if (pathname.endsWith('/podtemplates')) sendJson(response, 201, JSON.parse(request.body) as object);
    else if (searchParams.has('watch')) response.writeHead(200, { 'content-type': 'application/json' }).write('\n');
    else sendJson(response, 200, { metadata: { resourceVersion: '1' }, items: listed.get(pathname) ?? [] });
  });
  const folder = await mkdtemp(join(tmpdir(), 'infra-autopilot-webhook-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, api.config.exportConfig());

  return {
    environment: {
      AUTOPILOT_KUBECONFIG: kubeconfig,
      AUTOPILOT_NAMESPACE: 'operations',
      AUTOPILOT_WEBHOOK_CONFIGURATION: 'webhook',
      AUTOPILOT_WEBHOOK_SERVICE: 'webhook',
      AUTOPILOT_WEBHOOK_TLS_SECRET: 'webhook-tls',
      AUTOPILOT_CONTROLLER_SERVICE: 'controller',
      AUTOPILOT_CONTROLLER_TLS_SECRET: 'controller-tls',
      AUTOPILOT_AGENT_IMAGE: agentImage,
      AUTOPILOT_CANARY_SELECTOR: 'app.kubernetes.io/component=canary',
      AUTOPILOT_INJECTION_CONFIGMAP: 'injection',
      AUTOPILOT_POD_NAME: 'webhook-0',
    },
    secret: (key) => Buffer.from(secrets.get('webhook-tls')?.data[key] ?? '', 'base64').toString('utf8'),
    stop: async () => {
      await api.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
