import { autopilotLabel, type NamespaceMode } from '#contract/annotations.ts';
import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Marks what these tests make, so that leftovers of a killed run can be told and removed. */
export const testNamespaceLabel = { 'infra-autopilot.io/e2e': 'true' } as const;

/** Makes an empty namespace with a name of its own; `mode` undefined leaves it without the opt-in label. */
export async function createTestNamespace(
  { core }: Cluster,
  mode: NamespaceMode | undefined,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const optIn = mode === undefined ? {} : { [autopilotLabel]: mode };
  const made = await core.createNamespace({
    body: { metadata: { generateName: 'e2e-', labels: { ...testNamespaceLabel, ...optIn, ...labels } } },
  });
  const name = made.metadata?.name ?? '';
  await waitForServiceAccount(core, name);
  return name;
}

/** Starts the removal without waiting for its end: nothing else uses the name. */
export async function deleteTestNamespace({ core }: Cluster, name: string): Promise<void> {
  await core.deleteNamespace({ name });
}

/** Bare pods are refused until the namespace's default ServiceAccount is there. */
async function waitForServiceAccount(core: Cluster['core'], namespace: string): Promise<void> {
  await waitUntil(`default ServiceAccount of ${namespace}`, 30, async () => {
    const { items } = await core.listNamespacedServiceAccount({ namespace });
    return items.some(({ metadata }) => metadata?.name === 'default') ? true : notYet('none');
  });
}
