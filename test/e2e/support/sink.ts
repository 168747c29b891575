import type { V1Deployment, V1Secret, V1Service } from '@kubernetes/client-node';
import type { ReceivedMessage } from '../sink/server.ts';
import type { Cluster } from './cluster.ts';

const name = 'e2e-sink';
const port = 8080;

/** Any 24 bytes or more; the receiver's copy is in the tests. */
export const signingSecret = `whsec_${Buffer.from('end-to-end tests sign with this').toString('base64')}`;

/** Puts the receiver and the Secret that points at it beside the release. Idempotent. */
export async function ensureSink(cluster: Cluster): Promise<void> {
  const { core, apps, settings } = cluster;
  const namespace = settings.releaseNamespace;
  const base = `http://${name}.${namespace}.svc:${port}`;
  const secret: V1Secret = {
    metadata: { name },
    stringData: {
      slack: `${base}/slack`,
      discord: `${base}/discord`,
      webhook: `${base}/webhook`,
      signing: signingSecret,
    },
  };
  const service: V1Service = { metadata: { name }, spec: { selector: { app: name }, ports: [{ port }] } };
  await unlessThere(core.createNamespacedSecret({ namespace, body: secret }));
  await unlessThere(core.createNamespacedService({ namespace, body: service }));
  const body = sinkDeployment(cluster.image('sink'));
  await unlessThere(apps.createNamespacedDeployment({ namespace, body }));
  await apps.replaceNamespacedDeployment({ name, namespace, body });
}

/** Everything that the receiver got so far, oldest first. */
export async function receivedMessages({ kube, settings }: Cluster): Promise<readonly ReceivedMessage[]> {
  const path = `/api/v1/namespaces/${settings.releaseNamespace}/services/http:${name}:${port}/proxy/messages`;
  const answer = await kube.request<readonly ReceivedMessage[]>({ method: 'GET', path });
  if (!answer.ok) throw new Error(`the sink did not show its messages: ${answer.status} ${answer.message}`);
  return answer.body;
}

/** What it got about a namespace. */
export async function messagesAbout(cluster: Cluster, namespace: string): Promise<readonly ReceivedMessage[]> {
  return (await receivedMessages(cluster)).filter(({ body }) => body.includes(namespace));
}

function sinkDeployment(image: string): V1Deployment {
  const labels = { app: name };
  const container = {
    name: 'sink',
    image,
    imagePullPolicy: 'IfNotPresent',
    readinessProbe: { httpGet: { path: '/healthz', port }, periodSeconds: 1 },
    resources: { limits: { memory: '128Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
  };
  return {
    metadata: { name, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 2, containers: [container] } },
    },
  };
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if ((error as { readonly code?: number }).code !== 409) throw error;
  }
}
