import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { agentVariables } from '#contract/agent-settings.ts';
import { underLoad, unharmed } from '../support/admission-load.ts';
import { agentLog, agentSawSuccess } from '../support/agent.ts';
import { buildCertManager, buildMilliseconds, type CertManager } from '../support/cert-manager.ts';
import { readSecret, secretKeys, secretName, type CertificateProvider } from '../support/certificate-secret.ts';
import { connect, type Cluster } from '../support/cluster.ts';
import { agentOf } from '../support/dry-run.ts';
import { helmWait, upgradeRelease } from '../support/helm.ts';
import { helmRelease, installMilliseconds, type HelmRelease } from '../support/helm-release.ts';
import { carriesAgent, tryPod, untilInjection } from '../support/injection.ts';
import { renewCertificate } from '../support/issued-certificate.ts';
import { isReady } from '../support/pods.ts';
import { releasePods, type Component } from '../support/release.ts';
import { watchReports } from '../support/report-gaps.ts';
import { callersBundles, isSignedBy, webhookConfigurationPath } from '../support/rotation.ts';
import { servedCertificates } from '../support/served-certificate.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

const components = ['webhook', 'controller'] as const;

/** Controllers look each minute, and cert-manager takes its time. */
const renewalSeconds = 120;

let cluster: Cluster;
let certManager: CertManager | undefined;
/** As it was before. */
let original: HelmRelease;

beforeAll(async () => {
  cluster = await connect(readEndToEndSettings());
  original = await helmRelease(cluster);
  certManager = await buildCertManager(cluster);
  await certManager.install();
  await provide('cert-manager');
}, buildMilliseconds);

afterAll(async () => {
  try {
    await original.install();
  } finally {
    await certManager?.remove();
  }
  await removeIssuedSecrets();
  cluster.kube.close();
}, 2 * installMilliseconds);

test('after the switch to cert-manager both processes serve its certificates, pods are injected, and their agents report', async ({
  namespace,
}) => {
  const authority = await issued('webhook', secretKeys.authorities);
  await untilTrusted(authority);
  for (const component of components) await expectServed(component, 'cert-manager');

  const name = await namespace('enabled');
  await untilInjection(cluster, name, true);
  const result = await underLoad(cluster, name, async () => {
    const pod = await startApp(cluster, name);
    expect(trustOf(pod)).toBe(authority);
    await untilHeard(pod);
  });
  expect(result).toMatchObject(unharmed);
});

test('leaves that cert-manager renews are served without a restart, and no pod goes bare and no report fails meanwhile', async ({
  namespace,
}) => {
  const name = await namespace('enabled');
  const pod = await startApp(cluster, name);
  // Reports fail while there is no leader yet, as just after the switch.
  await untilHeard(pod);
  const reports = watchReports(cluster, pod);
  onTestFinished(() => reports.stop());
  const before = new Map<Component, string>();
  for (const component of components) before.set(component, await issued(component, secretKeys.cert));
  const processes = await lives();
  const { failed } = await waitUntil('counts', 30, async () => {
    const counts = reports.counts();
    return counts.sent > 1 ? counts : notYet('none');
  });

  const result = await underLoad(cluster, name, async () => {
    for (const component of components) await renewCertificate(cluster, component);
    for (const component of components) {
      await waitUntil(`new leaf of the ${component} in service`, renewalSeconds, async () => {
        const leaf = await issued(component, secretKeys.cert);
        if (leaf === before.get(component)) return notYet('cert-manager has issued none');
        const served = await servedCertificates(cluster, component);
        return served.every((one) => leaf.startsWith(one)) ? true : notYet('the one before it');
      });
    }
  });
  expect(result).toMatchObject(unharmed);
  expect(reports.counts().failed, await agentLog(cluster, pod)).toBe(failed);
  expect(await lives()).toEqual(processes);
});

test('webhooks whose caBundle is emptied are not ready until the cainjector has written it again, and pods start bare meanwhile', async ({
  namespace,
}) => {
  const name = await namespace('enabled');
  await untilInjection(cluster, name, true);
  const authority = await issued('webhook', secretKeys.authorities);

  await emptyCallersBundle();
  await untilTrusted(authority);
  await untilInjection(cluster, name, true);

  await certManager?.stop('cainjector');
  await emptyCallersBundle();
  await untilReady(0);
  expect(await callersBundles(cluster)).toEqual(['']);
  expect(carriesAgent(await tryPod(cluster, name))).toBe(false);

  certManager?.start('cainjector');
  await untilTrusted(authority);
  await untilReady(2);
  await untilInjection(cluster, name, true);
});

test.for(['true', 'false'])(
  'an upgrade leaves the caBundle of cert-manager alone (Helm’s --server-side=%s)',
  async (isServerSide) => {
    const before = await callersBundles(cluster);
    await certManager?.stop('cainjector');
    try {
      const flags = [`--server-side=${isServerSide}`, ...helmWait];
      // Another value each time, in the very entry that holds the caBundle.
      await upgradeRelease(cluster, { 'webhook.timeoutSeconds': isServerSide === 'true' ? '4' : '5' }, flags);
      expect(await callersBundles(cluster)).toEqual(before);
    } finally {
      certManager?.start('cainjector');
    }
  },
);

test('a release that is switched back is its own authority again, and may be switched anew beside what cert-manager left', async ({
  namespace,
}) => {
  const name = await namespace('enabled');
  for (const provider of ['builtin', 'cert-manager'] as const) {
    await provide(provider);
    for (const component of components) await expectServed(component, provider);
    const authorities = await readSecret(cluster, 'webhook', secretKeys.authorities, provider);
    await untilTrusted(authorities);
    await untilInjection(cluster, name, true);
    await untilHeard(await startApp(cluster, name, { name: provider }));
  }
});

test('a release that is installed with cert-manager from the start is ready and injects, without a Secret of an earlier one', async ({
  namespace,
}) => {
  const name = await namespace('enabled');
  const release = await helmRelease(cluster);
  await release.uninstall();
  await removeIssuedSecrets();
  await release.install();

  for (const component of components) await expectServed(component, 'cert-manager');
  await untilTrusted(await issued('webhook', secretKeys.authorities));
  await untilInjection(cluster, name, true);
  await untilHeard(await startApp(cluster, name));
});

/** Switches the release by `helm upgrade`, and waits until it is ready. */
async function provide(provider: CertificateProvider): Promise<void> {
  await upgradeRelease(cluster, { 'webhook.certificates.provider': provider }, helmWait);
}

function issued(component: Component, key: string): Promise<string> {
  return readSecret(cluster, component, key, 'cert-manager');
}

/** Each pod shows the very leaf of the Secret, and the Secret's authority has signed it. */
async function expectServed(component: Component, provider: CertificateProvider): Promise<void> {
  const authority = await readSecret(cluster, component, secretKeys.authorities, provider);
  const leaf = await readSecret(cluster, component, secretKeys.cert, provider);
  await waitUntil(`the ${component}’s leaf by ${provider} in service`, 90, async () => {
    const served = await servedCertificates(cluster, component);
    const right = served.filter((one) => leaf.startsWith(one) && isSignedBy(authority, one)).length;
    return right > 0 && right === served.length ? true : notYet(`${right} of ${served.length}`);
  });
}

function trustOf(pod: V1Pod): string | undefined {
  return agentOf(pod)?.env?.find(({ name }) => name === agentVariables.authorities)?.value;
}

/** Waits until the controller has accepted reports of the pod's agent. */
async function untilHeard(pod: V1Pod): Promise<void> {
  await agentSawSuccess(cluster, pod);
  const reports = watchReports(cluster, pod);
  try {
    await waitUntil('reports that are accepted', 60, async () =>
      reports.counts().sent > 1 ? true : notYet(await agentLog(cluster, pod)),
    );
  } finally {
    await reports.stop();
  }
}

/** Which pods the release has, and how often their containers were restarted. */
async function lives(): Promise<readonly string[]> {
  const pods = await Promise.all(components.map((component) => releasePods(cluster, component)));
  return pods
    .flat()
    .map(({ metadata, status }) => `${metadata?.uid} ${status?.containerStatuses?.[0]?.restartCount}`)
    .toSorted();
}

async function emptyCallersBundle(): Promise<void> {
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: webhookConfigurationPath(cluster),
    contentType: 'application/json-patch+json',
    body: [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
  });
  expect(answer).toMatchObject({ ok: true });
}

/** Waits until each entry vouches for an authority: cert-manager adds its own to what is there. */
async function untilTrusted(authority: string): Promise<void> {
  await waitUntil('the authority in the caBundle', 60, async () => {
    const bundles = await callersBundles(cluster);
    return bundles.every((one) => one.includes(authority.trim())) ? true : notYet(JSON.stringify(bundles));
  });
}

async function untilReady(count: number): Promise<void> {
  await waitUntil(`${count} ready webhooks`, 90, async () => {
    const pods = await releasePods(cluster, 'webhook');
    const ready = pods.filter(isReady).length;
    return pods.length === 2 && ready === count ? true : notYet(`${ready} of ${pods.length}`);
  });
}

/** cert-manager leaves them when a Certificate is deleted. */
async function removeIssuedSecrets(): Promise<void> {
  const { release, releaseNamespace: namespace } = cluster.settings;
  const names = [
    ...components.map((component) => secretName(cluster, component, 'cert-manager')),
    `${release}-webhook-ca`,
  ];
  const { items } = await cluster.core.listNamespacedSecret({ namespace });
  for (const { metadata } of items) {
    const name = metadata?.name ?? '';
    if (names.includes(name)) await cluster.core.deleteNamespacedSecret({ name, namespace });
  }
}
