import type { V1Job } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from './support/cluster.ts';
import { appStatus, livePods } from './support/pods.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';
import { appPod } from './support/workloads.ts';

test('a Job whose pod carries the agent completes when its own container does', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const { pod, job } = await runJob(cluster, name, 0);
  expect(job.status?.succeeded).toBe(1);
  expect(pod?.spec?.initContainers?.map((container) => container.name)).toEqual([agentContainerName]);
});

test('a Job that fails keeps its own exit code', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const { pod, job } = await runJob(cluster, name, 3);
  expect(job.status?.failed).toBe(1);
  expect(pod && appStatus(pod)?.state?.terminated?.exitCode).toBe(3);
});

async function runJob(cluster: Cluster, namespace: string, exitCode: number) {
  const env = [
    { name: 'FAULTY_APP_MODE', value: 'job' },
    { name: 'FAULTY_APP_JOB_SECONDS', value: '1' },
    { name: 'FAULTY_APP_JOB_EXIT_CODE', value: String(exitCode) },
  ];
  const { metadata, spec } = appPod('job', { image: cluster.image('faulty-app') });
  // A container that ends by itself is never ready to serve.
  const containers = spec.containers.map(({ readinessProbe: _none, ...container }) => ({ ...container, env }));
  const template = { metadata, spec: { ...spec, restartPolicy: 'Never', containers } };
  const body: V1Job = { metadata: { name: 'job' }, spec: { backoffLimit: 0, template } };
  await cluster.batch.createNamespacedJob({ namespace, body });
  const job = await waitUntil('end of the Job', 90, async () => {
    const now = await cluster.batch.readNamespacedJob({ name: 'job', namespace });
    const ended = now.status?.conditions?.some(
      ({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True',
    );
    return ended ? now : notYet(JSON.stringify(now.status));
  });
  const [pod] = await livePods(cluster, namespace);
  return { job, pod };
}
