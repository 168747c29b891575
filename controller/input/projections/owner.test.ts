import { expect, test } from 'vitest';
import type { KubeObject, ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { OwnerSnapshot } from '../../model/snapshot.ts';
import { managedBy } from './managed-by.ts';
import { projectOwner } from './owner.ts';

const metadata = { namespace: 'shop', name: 'web', uid: 'web-uid' };
const deployment = (more: object, meta: object = {}): OwnerSnapshot | undefined =>
  projectOwner({ metadata: { ...metadata, ...meta }, ...more } as KubeObject, 'Deployment').owner;

test('reads what a Deployment declares and how far it has come', () => {
  const more = {
    spec: { replicas: 3, template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'then' } } } },
    status: { observedGeneration: 6, readyReplicas: 2, updateRevision: 'not a set' },
  };
  const annotations = {
    'infra-autopilot.io/surged-by': 'web-crash',
    'infra-autopilot.io/breaker-reset': '2026-01-01T12:00:00Z',
  };
  expect(deployment(more, { generation: 7, annotations })).toEqual({
    reference: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web-uid' },
    generation: 7,
    observedGeneration: 6,
    replicas: 3,
    readyReplicas: 2,
    managedBy: undefined,
    restartedAt: 'then',
    surgedBy: 'web-crash',
    breakerResetAt: Date.UTC(2026, 0, 1, 12),
  });
});

test('sees that a rollout makes no progress, and not that it makes some', () => {
  const progressing = {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'timed out',
    lastTransitionTime: '2026-01-01T12:00:00Z',
  };
  expect(deployment({ status: { conditions: [progressing] } })?.stalled).toEqual({
    reason: 'ProgressDeadlineExceeded',
    message: 'timed out',
    since: Date.UTC(2026, 0, 1, 12),
  });
  const goingOn = { ...progressing, status: 'True' };
  expect(deployment({ status: { conditions: [goingOn] } })?.stalled).toBeUndefined();
});

test('reads a StatefulSet’s order and revision, and a DaemonSet’s count', () => {
  const project = (kind: string, more: object) => projectOwner({ metadata, ...more } as KubeObject, kind).owner;
  expect(project('StatefulSet', { status: { updateRevision: 'db-2' } })).toMatchObject({
    updateRevision: 'db-2',
    orderedReady: true,
  });
  expect(project('StatefulSet', { spec: { podManagementPolicy: 'Parallel' } })?.orderedReady).toBe(false);
  expect(project('DaemonSet', { status: { numberReady: 4 } })).toMatchObject({ replicas: undefined, readyReplicas: 4 });
});

test('takes a ReplicaSet for a part of its Deployment, or for what was declared where none owns it', () => {
  const meta = {
    ...metadata,
    creationTimestamp: '2026-01-01T12:00:00Z',
    labels: { 'pod-template-hash': 'abc' },
    annotations: { 'deployment.kubernetes.io/revision': '12' },
  };
  const controller = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web-uid' };
  const status = { spec: { replicas: 3 }, status: { readyReplicas: 1 } };
  const part = projectOwner(
    { metadata: { ...meta, ownerReferences: [{ ...controller, controller: true }] }, ...status } as KubeObject,
    'ReplicaSet',
  );
  expect(part.owner).toBeUndefined();
  expect(part.controller).toEqual(controller);
  expect(part.replicaSet).toMatchObject({ templateHash: 'abc', revision: 12, replicas: 3, readyReplicas: 1 });
  expect(projectOwner({ metadata: meta }, 'ReplicaSet').owner).toBeDefined();
});

test('does not hold a workload for the copy of a pause that its Deployment has long taken away', () => {
  const annotations = { 'infra-autopilot.io/paused': 'true' };
  const controller = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web-uid', controller: true };
  const owned = { ...metadata, annotations, ownerReferences: [controller] };
  expect(projectOwner({ metadata: owned } as KubeObject, 'ReplicaSet').paused).toBe(false);
  expect(projectOwner({ metadata: { ...metadata, annotations } }, 'ReplicaSet').paused).toBe(true);
});

test('does not make up what a Job declares out of its metadata', () => {
  expect(projectOwner({ metadata }, 'Job', 'batch/v1')).toEqual({
    namespace: 'shop',
    self: { apiVersion: 'batch/v1', kind: 'Job', name: 'web', uid: 'web-uid' },
    controller: undefined,
    paused: false,
  });
});

const argo = { 'argocd.argoproj.io/instance': 'shop' };
const tracked = { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' };
const kustomize = { 'kustomize.toolkit.fluxcd.io/name': 'shop' };
const helmRelease = { 'helm.toolkit.fluxcd.io/name': 'shop' };
const helm = { 'app.kubernetes.io/managed-by': 'Helm' };
const release = { 'meta.helm.sh/release-name': 'shop' };

const managed: readonly [name: string, metadata: ObjectMetadata, by: OwnerSnapshot['managedBy']][] = [
  ['nothing', { labels: { app: 'web' } }, undefined],
  ['Argo CD’s label', { labels: argo }, 'argo-cd'],
  ['Argo CD’s annotation', { annotations: tracked }, 'argo-cd'],
  ['Flux’s Kustomization', { labels: kustomize }, 'flux'],
  ['Flux’s HelmRelease, which Helm marks as well', { labels: { ...helmRelease, ...helm } }, 'flux'],
  ['Argo CD over Flux and Helm', { labels: { ...helm, ...kustomize }, annotations: tracked }, 'argo-cd'],
  ['Helm’s label', { labels: helm }, 'helm'],
  ['Helm’s annotation', { annotations: release }, 'helm'],
  ['another tool’s label', { labels: { 'app.kubernetes.io/managed-by': 'kustomize' } }, undefined],
];

test.each(managed)('finds out who declares it by %s', (_name, meta, by) => {
  expect(managedBy(meta)).toBe(by);
});
