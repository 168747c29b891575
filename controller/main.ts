import { adminPort, reportPort } from '#contract/ports.ts';
import { incidentPhases, watchedResources } from '#contract/vocabulary.ts';
import { startAdminServer } from '#runtime/admin-server.ts';
import { systemClock } from '#runtime/clock.ts';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeWorkQueue } from '#runtime/kubernetes/work-queue.ts';
import { runProcess, type Lifecycle } from '#runtime/lifecycle.ts';
import { makeLogger, type Logger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { makeAnnounce } from './announce.ts';
import { detectors } from './detectors/index.ts';
import { makeAddressGuard } from './execute/address-guard.ts';
import { makeEventRecorder } from './execute/event-recorder.ts';
import { makeGuardedNetwork } from './execute/guarded-network.ts';
import { makeNotifier } from './execute/notifier.ts';
import { makeIncidentRecorder } from './execute/record.ts';
import { handlers } from './handlers/index.ts';
import { makeCluster, type Cluster } from './input/cluster.ts';
import { startReportServer } from './input/report-server.ts';
import { makeReportStore, type ReportStore } from './input/report-store.ts';
import { makeCertificateSource } from './input/serving-certificate.ts';
import { makeTokenReviews } from './input/token-reviews.ts';
import { makeLoop } from './loop.ts';
import { allowedCidrs, readSettings, type ControllerSettings } from './settings.ts';
import { makeSinks } from './sinks/index.ts';

/** Workloads looked at at one time: enough that a slow API answer for one does not hold up the others. */
const concurrency = 8;

/** Bound of the work queue: every workload of a large cluster at once. */
const maximumKeys = 100_000;

/** Longer than the deadlines of all requests of one look together. */
const lookTimeoutMilliseconds = 60_000;

const gaugeMilliseconds = 5_000;

async function start(settings: ControllerSettings, log: Logger, lifecycle: Lifecycle): Promise<void> {
  const metrics = makeMetrics('controller');
  const clock = systemClock;
  const random = Math.random;
  const { signal } = lifecycle;
  const guard = makeAddressGuard(allowedCidrs(settings));
  const transport = await makeKubeTransport(loadKubeConfig(settings.AUTOPILOT_KUBECONFIG));
  lifecycle.started({ name: 'transport', stop: () => Promise.resolve(transport.close()) });

  let serving = false;
  const reports = makeReportStore();
  const cluster = makeCluster({
    transport,
    clock,
    random,
    log,
    releaseNamespace: settings.AUTOPILOT_NAMESPACE,
    ownPodName: settings.AUTOPILOT_POD_NAME,
    reports,
    onWorkload: (uid) => queue.add(uid),
  });
  const notReady = (): string | undefined => cluster.notReady() ?? (serving ? undefined : 'not serving reports yet');
  lifecycle.started(await startAdminServer(adminPort, { notReady }, metrics));

  const notifier = makeNotifier({
    sinks: makeSinks(addressesOf(settings)),
    network: makeGuardedNetwork(guard),
    clock,
    random,
    log,
    onResult: (sink, result) => metrics.increment('autopilot_sink_deliveries_total', { sink, result }),
  });
  lifecycle.started(notifier);
  const events = makeEventRecorder({
    transport,
    clock,
    log,
    instance: settings.AUTOPILOT_POD_NAME,
    onResult: (result) => metrics.increment('autopilot_events_total', { result }),
  });
  lifecycle.started(events);

  const limits = {
    cooldownSeconds: settings.AUTOPILOT_COOLDOWN_SECONDS,
    maxAttempts: settings.AUTOPILOT_MAX_ATTEMPTS,
    verifyHealthySeconds: settings.AUTOPILOT_VERIFY_HEALTHY_SECONDS,
    verifyTimeoutSeconds: settings.AUTOPILOT_VERIFY_TIMEOUT_SECONDS,
  };
  const clusterName = settings.AUTOPILOT_CLUSTER_NAME;
  const loop = makeLoop({
    cluster,
    transport,
    recorder: makeIncidentRecorder(transport),
    announce: makeAnnounce({ log, metrics, events, notifier, clusterName, limits }),
    detectors,
    handlers,
    limits,
    clock,
    log,
    metrics,
    again: (uid, milliseconds) => queue.addAfter(uid, milliseconds),
  });
  const queue = makeWorkQueue({
    handle: (uid, lookSignal) => loop.look(uid, lookSignal),
    clock,
    concurrency,
    maximumKeys,
    handleTimeoutMilliseconds: lookTimeoutMilliseconds,
    onDropped: () => metrics.increment('autopilot_queue_dropped_total', {}),
    onFailure: ({ key, error, failures, quarantined, retryMilliseconds }) => {
      const level = quarantined ? 'error' : 'warn';
      log[level](
        { err: error, workload: key, failures, quarantined, retryMilliseconds },
        'looking at a workload failed',
      );
    },
  });
  lifecycle.started(queue);
  cluster.start();
  lifecycle.started({ name: 'cluster', stop: () => cluster.stop() });
  const gauges = setInterval(() => showGauges(metrics, cluster, reports, queue), gaugeMilliseconds);
  lifecycle.started({ name: 'gauges', stop: () => Promise.resolve(clearInterval(gauges)) });

  const source = makeCertificateSource({
    transport,
    clock,
    random,
    log,
    namespace: settings.AUTOPILOT_NAMESPACE,
    secretName: settings.AUTOPILOT_TLS_SECRET,
  });
  const certificate = await source.first(signal);
  const server = await startReportServer(reportPort, certificate, {
    tokens: makeTokenReviews(transport, clock),
    clock,
    log,
    onResult: (result) => metrics.increment('autopilot_reports_total', { result }),
    onReport: (report, receivedAt) => {
      if (cluster.podByUid(report.pod.uid) === undefined) return 'unknown-pod';
      const taken = reports.take(report, receivedAt);
      if (taken === 'dropped') return 'unavailable';
      if (taken === 'stale') return 'stale';
      const uid = taken === 'news' ? cluster.workloadUidOfPod(report.pod.uid) : undefined;
      if (uid !== undefined) queue.add(uid);
      return 'accepted';
    },
  });
  lifecycle.started(server);
  serving = true;
  const following = source.follow(certificate, signal, (next) => {
    server.useCertificate(next);
    log.info({ secret: settings.AUTOPILOT_TLS_SECRET }, 'serving certificate changed');
  });
  lifecycle.started({ name: 'certificate', stop: () => following });
  log.info({ namespace: settings.AUTOPILOT_NAMESPACE, limits }, 'controller started');
}

function addressesOf(settings: ControllerSettings): Parameters<typeof makeSinks>[0] {
  const { AUTOPILOT_WEBHOOK_URL: url, AUTOPILOT_WEBHOOK_SECRET: secret } = settings;
  return {
    slackUrl: settings.AUTOPILOT_SLACK_URL,
    discordUrl: settings.AUTOPILOT_DISCORD_URL,
    webhook: url === undefined || secret === undefined ? undefined : { url, secret },
  };
}

function showGauges(
  metrics: Metrics,
  cluster: Cluster,
  reports: ReportStore,
  queue: { depth(): number; quarantined(): number },
): void {
  const phases = new Map(incidentPhases.map((phase) => [phase, 0]));
  for (const { status } of cluster.incidents()) {
    if (status) phases.set(status.phase, (phases.get(status.phase) ?? 0) + 1);
  }
  for (const [phase, count] of phases) metrics.set('autopilot_incidents', { phase }, count);
  for (const resource of watchedResources) {
    metrics.set('autopilot_watch_age_seconds', { resource }, cluster.watchAgeSeconds(resource));
  }
  metrics.set('autopilot_queue_depth', {}, queue.depth());
  metrics.set('autopilot_quarantined_workloads', {}, queue.quarantined());
  metrics.set('autopilot_agents_reporting', {}, reports.podCount);
}

const log = makeLogger('controller', 'info');
await runProcess(
  log,
  (lifecycle) => {
    const settings = readSettings();
    log.level = settings.AUTOPILOT_LOG_LEVEL;
    return start(settings, log, lifecycle);
  },
  process,
);
