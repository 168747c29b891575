import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { apiGroup } from '#contract/annotations.ts';
import { incidentResource } from '#contract/incident.ts';
import { clusterPolicyResource, policyResource } from '#contract/policy.ts';
import { trustConfigMapName } from '#contract/trust.ts';
import type { Cluster } from '../support/cluster.ts';
import { helmRelease, installMilliseconds } from '../support/helm-release.ts';
import { carriesAgent, tryPod, untilInjection } from '../support/injection.ts';
import { appStatus, isReady } from '../support/pods.ts';
import { createPolicy } from '../support/policies.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

interface Creation {
  readonly milliseconds: number;
  readonly injected: boolean;
}

const pauseMilliseconds = 20;

test('an uninstallation hinders no creation of a pod and leaves injected pods running; what people wrote is found again', async ({
  cluster,
  namespace,
}) => {
  const { core, kube } = cluster;
  const name = await namespace('enabled');
  const injected = await startApp(cluster, name);
  expect(carriesAgent(injected)).toBe(true);
  await createPolicy(cluster, name, { mode: 'Observe' }, 'kept');
  await untilTrust(cluster, name, true);
  const timeoutMilliseconds = await webhookTimeout(cluster);
  const release = await helmRelease(cluster);
  onTestFinished(() => release.install(), installMilliseconds);

  const stopping = new AbortController();
  const creating = createUntil(cluster, name, stopping.signal);
  try {
    await release.uninstall();
    // Whatever an API server does with a configuration that has just gone, it does within this time.
    await delay(2 * timeoutMilliseconds);
  } finally {
    stopping.abort();
  }
  const creations = await creating;
  expect(creations[0]?.injected).toBe(true);
  expect(creations.at(-1)?.injected).toBe(false);
  const firstBare = creations.findIndex((one) => !one.injected);
  expect(creations.slice(firstBare).some((one) => one.injected)).toBe(false);
  expect(Math.max(...creations.map(({ milliseconds }) => milliseconds))).toBeLessThan(timeoutMilliseconds);

  expect(await webhookConfigurations(cluster)).toEqual([]);
  const { name: podName = '', uid } = injected.metadata ?? {};
  const left = await core.readNamespacedPod({ name: podName, namespace: name });
  expect([left.metadata?.uid, isReady(left), appStatus(left)?.restartCount]).toEqual([uid, true, 0]);
  expect(carriesAgent(await startApp(cluster, name, { name: 'later' }))).toBe(false);
  await untilTrust(cluster, name, false);
  for (const { plural } of [incidentResource, policyResource, clusterPolicyResource]) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${apiGroup}`;
    expect(await kube.request({ method: 'GET', path }), plural).toMatchObject({ ok: true });
  }

  await release.install();
  await untilInjection(cluster, name, true);
  await untilTrust(cluster, name, true);
  const policy = `/apis/${apiGroup}/v1alpha1/namespaces/${name}/${policyResource.plural}/kept`;
  expect(await kube.request({ method: 'GET', path: policy })).toMatchObject({ ok: true });
});

/** Has pods created, one after the other, until it is told to stop. A refusal rejects. */
async function createUntil(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<readonly Creation[]> {
  const creations: Creation[] = [];
  while (!signal.aborted) {
    const from = performance.now();
    const pod = await tryPod(cluster, namespace);
    creations.push({ milliseconds: performance.now() - from, injected: carriesAgent(pod) });
    await delay(pauseMilliseconds);
  }
  return creations;
}

interface WebhookConfiguration {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly webhooks: readonly { readonly timeoutSeconds: number }[];
}

async function webhookConfigurations({ kube, settings }: Cluster): Promise<readonly WebhookConfiguration[]> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  const query = { labelSelector: `app.kubernetes.io/instance=${settings.release}` };
  const answer = await kube.request<{ readonly items: readonly WebhookConfiguration[] }>({
    method: 'GET',
    path,
    query,
  });
  if (!answer.ok) throw new Error(`webhook configurations could not be listed: ${answer.message}`);
  return answer.body.items;
}

async function webhookTimeout(cluster: Cluster): Promise<number> {
  const [configuration] = await webhookConfigurations(cluster);
  return (configuration?.webhooks[0]?.timeoutSeconds ?? 0) * 1000;
}

async function untilTrust({ core }: Cluster, namespace: string, wanted: boolean): Promise<void> {
  await waitUntil(`authorities ${wanted ? 'in' : 'gone from'} ${namespace}`, 90, async () => {
    const { items } = await core.listNamespacedConfigMap({ namespace });
    const found = items.some(({ metadata }) => metadata?.name === trustConfigMapName);
    return found === wanted ? true : notYet(found ? 'still there' : 'none');
  });
}
