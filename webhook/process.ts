import { parseQuantity } from '#contract/quantity.ts';
import { reportPath } from '#contract/report.ts';
import { startAdminServer } from '#runtime/admin-server.ts';
import { anyAddress } from '#runtime/any-address.ts';
import { systemClock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Lifecycle } from '#runtime/lifecycle.ts';
import type { Logger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import type { AdmissionContext } from './admit.ts';
import { makeCertificateFollower } from './certificates/follower.ts';
import { keepCertificates, makeCertificateKeeper } from './certificates/keeper.ts';
import {
  makeKubeSecretEvents,
  makeKubeSecretStore,
  makeKubeWebhookConfigurationStore,
} from './certificates/kube-stores.ts';
import { serviceNames } from './certificates/material.ts';
import { makeInjectionGate } from './injection-gate.ts';
import { makeServer, minimumTlsVersion } from './server.ts';
import { excludedNamespacesOf, type WebhookSettings } from './settings.ts';
import { isExcluded } from './eligibility.ts';
import type { OverrideCaps } from './override.ts';
import { makeOverrides } from './overrides.ts';
import { keepProving, makeVariantProver } from './variant-prover.ts';
import { watchNamespaces } from './watches.ts';

/** Kubernetes takes a moment to stop sending to a pod that ends; calls in that moment are still answered. Milliseconds. */
const drainMilliseconds = 5_000;

/** A suspension ends by time alone, so that the gauge has to be set anew now and then. Milliseconds. */
const showMilliseconds = 5_000;

export interface WebhookPorts {
  readonly https: number;
  readonly admin: number;
}

/** The whole webhook: what it watches, the certificates that it keeps, and its two servers. */
export async function startWebhook(
  settings: WebhookSettings,
  ports: WebhookPorts,
  log: Logger,
  lifecycle: Lifecycle,
): Promise<void> {
  const clock = systemClock;
  const metrics = makeMetrics('webhook');
  const namespace = settings.AUTOPILOT_NAMESPACE;
  const kube = await makeKubeTransport(loadKubeConfig(settings.AUTOPILOT_KUBECONFIG));
  lifecycle.started({ name: 'kubernetes', stop: () => Promise.resolve(kube.close()) });
  const watches = watchNamespaces({ transport: kube, clock, random: Math.random, log });
  watches.start();
  lifecycle.started({ name: 'watches', stop: () => watches.stop() });

  const gate = makeInjectionGate({
    transport: kube,
    clock,
    random: Math.random,
    log,
    metrics,
    namespace,
    image: settings.AUTOPILOT_AGENT_IMAGE,
    canarySelector: settings.AUTOPILOT_CANARY_SELECTOR,
    suspensionsConfigMap: settings.AUTOPILOT_INJECTION_CONFIGMAP,
  });
  gate.start();
  const showing = setInterval(() => gate.show(), showMilliseconds);
  lifecycle.started({ name: 'injection gate', stop: () => gate.stop().finally(() => clearInterval(showing)) });

  const excludedNamespaces = [namespace, ...excludedNamespacesOf(settings)];
  const caps = overrideCaps(settings);
  const overrides = makeOverrides({
    transport: kube,
    clock,
    random: Math.random,
    log,
    metrics,
    podName: settings.AUTOPILOT_POD_NAME,
    caps,
    isExcluded: (name) => isExcluded(name, excludedNamespaces),
  });
  overrides.start();
  lifecycle.started({ name: 'overrides', stop: () => overrides.stop() });

  const agent = (): AdmissionContext['agent'] => agentSettings(settings, keeper.authorities());
  const context = (): AdmissionContext => ({
    excludedNamespaces,
    agent: agent(),
    proven: prover.proven(),
    rulesOf: (name) => watches.rulesOf(name),
    holdOf: (pod) => gate.holdOf(pod),
    overrides: { overridesOf: (uid) => overrides.of(uid), caps, now: clock.now() },
  });
  const draining = (): boolean => lifecycle.signal.aborted;
  const server = makeServer({ context, certificate: undefined, log, metrics, draining });
  const common = { clock, log, metrics };
  const makeKeeper = settings.AUTOPILOT_CERTIFICATES === 'builtin' ? makeCertificateKeeper : makeCertificateFollower;
  const keeper = makeKeeper({
    ...common,
    store: makeKubeSecretStore(kube, namespace),
    events: makeKubeSecretEvents(kube, namespace),
    configuration: makeKubeWebhookConfigurationStore(kube, settings.AUTOPILOT_WEBHOOK_CONFIGURATION),
    own: {
      secret: settings.AUTOPILOT_WEBHOOK_TLS_SECRET,
      dnsNames: serviceNames(settings.AUTOPILOT_WEBHOOK_SERVICE, namespace),
    },
    controller: {
      secret: settings.AUTOPILOT_CONTROLLER_TLS_SECRET,
      dnsNames: serviceNames(settings.AUTOPILOT_CONTROLLER_SERVICE, namespace),
    },
    serve: (certificate) => server.server.setSecureContext({ ...certificate, minVersion: minimumTlsVersion }),
  });

  const prover = makeVariantProver({ transport: kube, clock, log, metrics, namespace, agent });

  const readiness = {
    notReady: () =>
      draining() ? 'stopping' : (keeper.notReady() ?? gate.notReady() ?? overrides.notReady() ?? prover.notReady()),
  };
  lifecycle.started(await startAdminServer(ports.admin, readiness, metrics));
  try {
    await server.listen({ host: anyAddress(), port: ports.https });
  } catch (cause) {
    throw new AutopilotError('AP_SERVER_LISTEN', `webhook could not listen on port ${ports.https}`, { cause });
  }
  lifecycle.started({ name: 'webhook-server', stop: () => clock.sleep(drainMilliseconds).then(() => server.close()) });
  const keeping = keepCertificates(keeper, common, lifecycle.signal, Math.random);
  lifecycle.started({ name: 'certificates', stop: () => keeping });
  const proving = keepProving(prover, { clock, log, random: Math.random, signal: lifecycle.signal });
  lifecycle.started({ name: 'variants', stop: () => proving });
  log.info({ namespace, port: ports.https }, 'webhook started');
}

function overrideCaps(settings: WebhookSettings): OverrideCaps {
  return {
    maximumMemory: parseQuantity(settings.AUTOPILOT_OVERRIDE_MAXIMUM_MEMORY) ?? 0,
    maximumFactor: settings.AUTOPILOT_OVERRIDE_MAXIMUM_MEMORY_FACTOR,
  };
}

function agentSettings(settings: WebhookSettings, authorities: string | undefined): AdmissionContext['agent'] {
  if (authorities === undefined) return undefined;
  const host = `${settings.AUTOPILOT_CONTROLLER_SERVICE}.${settings.AUTOPILOT_NAMESPACE}.svc`;
  return {
    image: settings.AUTOPILOT_AGENT_IMAGE,
    reportUrl: `https://${host}${reportPath}`,
    authorities,
    probeSeconds: settings.AUTOPILOT_AGENT_PROBE_SECONDS,
    canRestartAll: settings.AUTOPILOT_AGENT_RESTART_ALL_CONTAINERS,
    cpuRequest: settings.AUTOPILOT_AGENT_CPU_REQUEST,
    cpuLimit: settings.AUTOPILOT_AGENT_CPU_LIMIT,
    memoryRequest: settings.AUTOPILOT_AGENT_MEMORY_REQUEST,
    memoryLimit: settings.AUTOPILOT_AGENT_MEMORY_LIMIT,
  };
}
