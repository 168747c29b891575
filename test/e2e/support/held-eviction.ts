import type { Cluster } from './cluster.ts';

const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/**
 * Lets no eviction through in a namespace, as an admission webhook that is down would: each is answered 500, so that an intent
 * stays open for as long as wanted. Returns what lets them through again.
 */
export async function holdEvictions({ kube }: Cluster, namespace: string): Promise<() => Promise<void>> {
  const name = `hold-evictions.${namespace}`;
  const body = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'hold.infra-autopilot.example',
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/eviction'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 1,
        clientConfig: { service: { namespace, name: 'nobody', path: '/' } },
      },
    ],
  };
  const made = await kube.request({ method: 'POST', path, body });
  if (!made.ok) throw new Error(`evictions could not be held: ${made.message}`);
  return async () => void (await kube.request({ method: 'DELETE', path: `${path}/${name}` }));
}
