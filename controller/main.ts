import { adminPort, reportPort } from '#contract/ports.ts';
import { startAdminServer } from '#runtime/admin-server.ts';
import { systemClock } from '#runtime/clock.ts';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeLeadership, type Leadership } from '#runtime/kubernetes/lease.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeWorkQueue } from '#runtime/kubernetes/work-queue.ts';
import { runProcess, type Lifecycle } from '#runtime/lifecycle.ts';
import { makeLogger, type Logger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import { makeAnnounce } from './announce.ts';
import { detectors } from './detectors/index.ts';
import { makeAddressGuard } from './execute/address-guard.ts';
import { makeEventRecorder } from './execute/event-recorder.ts';
import { makeGuardedNetwork } from './execute/guarded-network.ts';
import { makeLeaderLabel } from './execute/leader-label.ts';
import { makeNotifier } from './execute/notifier.ts';
import { makeOverrideSweep } from './execute/override-sweep.ts';
import { makePolicyStatusWriter } from './execute/policy-status.ts';
import { makeIncidentRecorder } from './execute/record.ts';
import { makeRetention } from './execute/retention.ts';
import { makeTrustKeeper } from './execute/trust-keeper.ts';
import { showGauges } from './gauges.ts';
import { handlers } from './handlers/index.ts';
import { makeCluster } from './input/cluster.ts';
import { makeCommandHub } from './input/command-hub.ts';
import { readEndedLog } from './input/ended-log.ts';
import { minuteBefore } from './input/minute-before.ts';
import { makeProjectPolicy } from './input/projections/policy.ts';
import { makeRecordingStore } from './input/recording-store.ts';
import { reportAnswer } from './input/report-answer.ts';
import { startReportServer } from './input/report-server.ts';
import { makeReportStore } from './input/report-store.ts';
import { makeCertificateSource } from './input/serving-certificate.ts';
import { makeTokenReviews } from './input/token-reviews.ts';
import { startInjectionGuard } from './injection.ts';
import { limitsOf } from './limits-of.ts';
import { makeLoop } from './loop.ts';
import { makePolicyReview } from './policy-review.ts';
import { makeReflexTeller } from './reflexes.ts';
import { allowedCidrs, excludedNamespacesOf, readSettings, type ControllerSettings } from './settings.ts';
import { makeSinks } from './sinks/index.ts';
import { startTrust } from './trust.ts';
import { startWatchdog } from './watchdog.ts';

/** Workloads looked at at one time: enough that a slow API answer for one does not hold up the others. */
const concurrency = 8;

/** Bound of the work queue: every workload of a large cluster at once. */
const maximumKeys = 100_000;

/** Longer than the deadlines of all requests of one look together, with a container's grace among them. */
const lookTimeoutMilliseconds = 180_000;

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
  const recordings = makeRecordingStore();
  const hub = makeCommandHub({ clock });
  const cluster = makeCluster({
    transport,
    clock,
    random,
    log,
    releaseNamespace: settings.AUTOPILOT_NAMESPACE,
    ownPodName: settings.AUTOPILOT_POD_NAME,
    reports,
    projectPolicy: makeProjectPolicy(handlers),
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
  const reflexes = makeReflexTeller({ events, metrics, log });

  const limits = limitsOf(settings);
  const release = { namespace: settings.AUTOPILOT_NAMESPACE, deployment: settings.AUTOPILOT_DEPLOYMENT };
  const leadership = await makeElection(settings, log, lifecycle, async (leading) => {
    await label.acquire(leading);
    void retention.run(leading);
    void overrideSweep.run(leading);
    cluster.enqueueAll();
  });
  const leads = (): boolean => leadership.epoch() !== undefined;
  const label = makeLeaderLabel({
    transport,
    clock,
    log,
    namespace: settings.AUTOPILOT_NAMESPACE,
    podName: settings.AUTOPILOT_POD_NAME,
  });
  lifecycle.started({ name: 'leader label', stop: () => label.release() });
  const overrideSweep = makeOverrideSweep({ transport, clock, log, metrics });
  const retention = makeRetention({
    transport,
    clock,
    log,
    limits: {
      maximumAgeSeconds: settings.AUTOPILOT_INCIDENT_MAXIMUM_AGE_HOURS * 3600,
      maximumPerNamespace: settings.AUTOPILOT_INCIDENT_MAXIMUM_PER_NAMESPACE,
    },
    incidents: () => [...cluster.incidents()],
    workloadExists: (uid) => cluster.notReady() !== undefined || cluster.snapshotOf(uid)?.owner !== undefined,
    leading: leads,
    onResult: (result) => metrics.increment('autopilot_incidents_forgotten_total', { result }),
  });
  const loop = makeLoop({
    cluster,
    transport,
    agents: hub,
    recorder: makeIncidentRecorder(transport),
    announce: makeAnnounce({ log, metrics, events, notifier, clusterName: settings.AUTOPILOT_CLUSTER_NAME, limits }),
    detectors,
    handlers,
    limits,
    release,
    epoch: () => leadership.epoch(),
    readLog: ({ pod, container }, logSignal) =>
      pod && container !== undefined ? readEndedLog(transport, pod, container, logSignal) : Promise.resolve([]),
    minuteBefore: ({ pod, faultAt }) => {
      const recording = recordings.of(pod?.uid ?? '', faultAt, clock.now());
      return recording === undefined ? [] : minuteBefore(recording);
    },
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
  const showAll = (): void => showGauges({ metrics, cluster, reports, queue, leads }, clock.now());
  const gauges = setInterval(showAll, gaugeMilliseconds);
  lifecycle.started({ name: 'gauges', stop: () => Promise.resolve(clearInterval(gauges)) });
  const looking = { cluster, transport, agents: hub, clock, random, log, metrics, events, notifier, release, leads };
  const injection = startInjectionGuard({
    ...looking,
    clusterName: settings.AUTOPILOT_CLUSTER_NAME,
    configMap: settings.AUTOPILOT_INJECTION_CONFIGMAP,
  });
  lifecycle.started(injection);

  const source = makeCertificateSource({
    transport,
    clock,
    random,
    log,
    namespace: settings.AUTOPILOT_NAMESPACE,
    secretName: settings.AUTOPILOT_TLS_SECRET,
  });
  let certificate = await source.first(signal);
  const server = await startReportServer(reportPort, certificate, {
    tokens: makeTokenReviews(transport, clock),
    clock,
    log,
    commands: hub,
    onResult: (result) => metrics.increment('autopilot_reports_total', { result }),
    answerTo: (podUid) =>
      reportAnswer(cluster.podByUid(podUid), { recordedAt: recordings.recordedAt(podUid), now: clock.now() }),
    onReport: (report, receivedAt) => {
      if (cluster.podByUid(report.pod.uid) === undefined) return 'unknown-pod';
      const taken = reports.take(report, receivedAt);
      if (taken === 'dropped') return 'unavailable';
      if (taken === 'stale') return 'stale';
      reflexes.take(report);
      const { recorder, waitedSeconds = 0 } = report;
      if (recorder) recordings.take(report.pod.uid, recorder, receivedAt - waitedSeconds * 1000);
      const uid = taken === 'news' ? cluster.workloadUidOfPod(report.pod.uid) : undefined;
      if (uid !== undefined) queue.add(uid);
      return 'accepted';
    },
  });
  lifecycle.started(server);
  serving = true;
  const following = source.follow(certificate, signal, (next) => {
    certificate = next;
    server.useCertificate(next);
    log.info({ secret: settings.AUTOPILOT_TLS_SECRET }, 'serving certificate changed');
  });
  lifecycle.started({ name: 'certificate', stop: () => following });
  const trust = makeTrustKeeper({
    transport,
    log,
    // The chart gives both the same name.
    clusterRole: settings.AUTOPILOT_DEPLOYMENT,
    onResult: (result) => metrics.increment('autopilot_trust_writes_total', { result }),
  });
  const authorities = (): string => certificate.authorities;
  lifecycle.started(startTrust({ cluster, keeper: trust, authorities, leads, transport, clock, random, log }));
  const writer = makePolicyStatusWriter({
    transport,
    clock,
    log,
    onResult: (result) => metrics.increment('autopilot_policy_status_writes_total', { result }),
  });
  const sleep = (milliseconds: number, until: AbortSignal): Promise<void> => clock.sleep(milliseconds, until);
  const excludedNamespaces = excludedNamespacesOf(settings);
  const reviewing = makePolicyReview({ cluster, excludedNamespaces, writer, leads, sleep, log }).run(signal);
  lifecycle.started({ name: 'policy review', stop: () => reviewing });
  const acting = { cluster, transport, agents: hub, events, limits, release, leads, clock, metrics, log };
  lifecycle.started(
    startWatchdog({ ...acting, excludedNamespaces, isSuspendedIn: (name) => injection.isSuspendedIn(name) }),
  );
  leadership.start();
  log.info({ namespace: settings.AUTOPILOT_NAMESPACE, limits }, 'controller started');
}

/** Standing for election over a connection of its own, so that no burst of other requests holds a renewal up. */
async function makeElection(
  settings: ControllerSettings,
  log: Logger,
  lifecycle: Lifecycle,
  onAcquired: (leading: AbortSignal) => Promise<void>,
): Promise<Leadership> {
  const transport = await makeKubeTransport(loadKubeConfig(settings.AUTOPILOT_KUBECONFIG));
  lifecycle.started({ name: 'lease transport', stop: () => Promise.resolve(transport.close()) });
  const leadership = makeLeadership({
    transport,
    namespace: settings.AUTOPILOT_NAMESPACE,
    name: settings.AUTOPILOT_LEASE,
    identity: settings.AUTOPILOT_POD_NAME,
    clock: systemClock,
    monotonic: () => performance.now(),
    random: Math.random,
    log,
    onAcquired: async (epoch) => {
      log.info({ epoch }, 'leading');
      await onAcquired(lifecycle.signal);
    },
    // What is left of a reign is not worth telling apart from the next one: the process starts anew as a standby.
    onLost: (why) => {
      log.error({ why }, 'leadership lost');
      void lifecycle.stop().then(() => process.exit(1));
    },
  });
  lifecycle.started(leadership);
  return leadership;
}

function addressesOf(settings: ControllerSettings): Parameters<typeof makeSinks>[0] {
  const { AUTOPILOT_WEBHOOK_URL: url, AUTOPILOT_WEBHOOK_SECRET: secret } = settings;
  return {
    slackUrl: settings.AUTOPILOT_SLACK_URL,
    discordUrl: settings.AUTOPILOT_DISCORD_URL,
    webhook: url === undefined || secret === undefined ? undefined : { url, secret },
  };
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
