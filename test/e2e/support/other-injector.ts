import { once } from 'node:events';
import { createServer } from 'node:https';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { V1Container, V1MutatingWebhookConfiguration, V1Pod } from '@kubernetes/client-node';
import { selfSigned } from '#test/support/certificates.ts';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import type { Cluster } from './cluster.ts';

/** Why a test with such an injector does not run elsewhere. */
export const onlyReachable = 'only the API server of the embedded node can call this machine';

export interface OtherInjector {
  /** Of its configuration. The API server calls webhooks in the order of these names. */
  readonly name: string;
  readonly field: 'containers' | 'initContainers';
  readonly container: V1Container;
}

interface Review {
  readonly request: { readonly uid: string; readonly object: V1Pod };
}

const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const lifeMilliseconds = 3_600_000;

/**
 * A mutating webhook beside ours, in this process, that puts its container first into each new pod of one namespace. It
 * fails closed: a pod without its container was never made. Returns what ends it.
 */
export async function startOtherInjector(
  cluster: Cluster,
  namespace: string,
  injector: OtherInjector,
): Promise<() => Promise<void>> {
  const address = await addressForApiServer(cluster);
  const certificate = selfSigned(injector.name, new Date(Date.now() + lifeMilliseconds), address);
  const server = createServer(certificate, (request, response) => {
    json(request)
      .then((review) =>
        response.setHeader('content-type', 'application/json').end(answerTo(review as Review, injector)),
      )
      .catch(() => response.writeHead(500).end());
  });
  server.listen(0, address);
  await once(server, 'listening');
  const url = `https://${address}:${(server.address() as AddressInfo).port}/`;
  const body = configuration(injector.name, namespace, url, Buffer.from(certificate.cert).toString('base64'));
  const answer = await cluster.kube.request({ method: 'POST', path, body });
  if (!answer.ok) throw new Error(`the injector was refused: ${answer.message}`);
  return async () => {
    await cluster.kube.request({ method: 'DELETE', path: `${path}/${injector.name}` });
    server.closeAllConnections();
    server.close();
  };
}

function answerTo({ request }: Review, { field, container }: OtherInjector): string {
  const present = request.object.spec?.[field] ?? [];
  const patch = present.some(({ name }) => name === container.name)
    ? []
    : [{ op: 'add', path: `/spec/${field}`, value: [container, ...present] }];
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    },
  });
}

function configuration(name: string, namespace: string, url: string, caBundle: string): V1MutatingWebhookConfiguration {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.e2e.infra-autopilot.io`,
        admissionReviewVersions: ['v1'],
        clientConfig: { url, caBundle },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 5,
      },
    ],
  };
}

/** The address of this machine from which it reaches the API server, and at which it is reached. */
async function addressForApiServer({ settings }: Cluster): Promise<string> {
  const { hostname, port } = new URL(loadKubeConfig(settings.kubeconfigPath).getCurrentCluster()?.server ?? '');
  const socket = connectTcp(Number(port), hostname);
  await once(socket, 'connect');
  const { localAddress = '' } = socket;
  socket.destroy();
  return localAddress;
}
