import { expect } from 'vitest';
import { hangSecondsAnnotation, shareProcessNamespaceAnnotation } from '#contract/annotations.ts';
import { agentSawSuccess } from './support/agent.ts';
import { listIncidents, resolvedIncident } from './support/incidents.ts';
import { appStatus, injectFault, restartedAtLeast } from './support/pods.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

const grpcPort = 50_051;

/** The kubelet would give up only after two minutes. */
const container = {
  env: [{ name: 'FAULTY_APP_GRPC_PORT', value: String(grpcPort) }],
  livenessProbe: { grpc: { port: grpcPort, service: 'liveness' }, periodSeconds: 1, failureThreshold: 120 },
  readinessProbe: { grpc: { port: grpcPort }, periodSeconds: 1 },
};

test('an app that is probed over gRPC and hangs is restarted where it is, and one that is well is left alone', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const annotations = { [shareProcessNamespaceAnnotation]: 'true', [hangSecondsAnnotation]: '2' };
  const well = await startApp(cluster, name, { name: 'well', annotations, container });
  const pod = await startApp(cluster, name, { annotations, container });
  await agentSawSuccess(cluster, well);
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'hang');
  const { status } = await resolvedIncident(cluster, name, 'AppHung');

  expect(status?.evidence).toMatchObject({ cause: 'unresponsive', container: 'app', probe: 'liveness' });
  expect(status).toMatchObject({ did: 'restart-container' });
  expect(appStatus(await restartedAtLeast(cluster, pod, 1))?.restartCount).toBe(1);
  const incidents = await listIncidents(cluster, name);
  expect(incidents.map(({ spec }) => spec.workload.name)).not.toContain('well');
  expect(appStatus(await restartedAtLeast(cluster, well, 0))?.restartCount).toBe(0);
});
