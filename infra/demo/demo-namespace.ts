import type { NamespaceMode } from '#contract/annotations.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import { waitFor } from '../wait.ts';
import { demoLabel, demoNamespace } from './manifests.ts';

const removalSeconds = 90;

/** Makes the namespace anew: one that an earlier run kept is removed first, one of somebody else's is left alone. */
export async function createNamespace(
  kube: KubeTransport,
  name: string,
  mode: NamespaceMode = 'enabled',
): Promise<void> {
  const present = await kube.request<KubeObject>({ method: 'GET', path: `/api/v1/namespaces/${name}` });
  if (present.ok) {
    const [[label, value] = ['', '']] = Object.entries(demoLabel);
    if (present.body.metadata?.labels?.[label] !== value) {
      throw new AutopilotError(
        'AP_DEMO_FAILED',
        `a namespace ${name} exists that the demonstration did not make; remove it, or run the demonstration elsewhere`,
      );
    }
    await removeNamespace(kube, name);
  }
  await create(kube, '/api/v1/namespaces', demoNamespace(name, mode));
}

/** Removes the namespace and waits until it is gone. */
export async function removeNamespace(kube: KubeTransport, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  await kube.request({ method: 'DELETE', path });
  await waitFor(
    `removal of namespace ${name}`,
    async () => {
      const answer = await kube.request({ method: 'GET', path });
      return !answer.ok && answer.status === 404 ? true : undefined;
    },
    { timeoutSeconds: removalSeconds },
  );
}

/** @throws AutopilotError AP_DEMO_FAILED with the API's own words when it refuses. */
export async function create(kube: KubeTransport, path: string, body: object): Promise<void> {
  const answer = await kube.request({ method: 'POST', path, body });
  if (!answer.ok) throw new AutopilotError('AP_DEMO_FAILED', `the API refused POST ${path}: ${answer.message}`);
}
