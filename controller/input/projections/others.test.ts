import { expect, test } from 'vitest';
import { approvedAnnotation } from '#contract/annotations.ts';
import { incident } from '#test/support/snapshots.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { projectAutoscaler } from './autoscaler.ts';
import { projectDisruptionBudget } from './disruption-budget.ts';
import { projectEvent } from './event.ts';
import { projectIncident } from './incident.ts';
import { hangSecondsOf, projectNamespace } from './metadata.ts';
import { projectNode } from './node.ts';

const now = Date.UTC(2026, 0, 1, 12);
const since = '2026-01-01T11:00:00Z';

const node = (status: string, heartbeat: string): KubeObject => {
  const ready = { type: 'Ready', status, message: 'says the kubelet', lastTransitionTime: since };
  return {
    metadata: { name: 'a' },
    status: { conditions: [{ ...ready, lastHeartbeatTime: heartbeat }] },
  } as KubeObject;
};

test('sees of a node whether it is ready and since when, and no heartbeat', () => {
  const ready = { name: 'a', ready: true, since: now - 3_600_000, message: '' };
  expect(projectNode(node('True', '1'), now)).toEqual(ready);
  expect(projectNode(node('True', '2'), now)).toEqual(ready);
  expect(projectNode(node('Unknown', '3'), now)).toEqual({ ...ready, ready: false, message: 'says the kubelet' });
});

const autoscaler = (metadata: object) =>
  projectAutoscaler({
    metadata: { namespace: 'shop', name: 'web', uid: 'hpa', ...metadata },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 5 },
    status: { currentReplicas: 3 },
  } as KubeObject);

test('reads an autoscaler, which without a minimum has one of 1', () => {
  expect(autoscaler({ annotations: { 'infra-autopilot.io/surged-by': 'web-crash' } })).toEqual({
    namespace: 'shop',
    targetKind: 'Deployment',
    targetName: 'web',
    autoscaler: {
      name: 'web',
      uid: 'hpa',
      minReplicas: 1,
      maxReplicas: 5,
      currentReplicas: 3,
      managedBy: undefined,
      surgedBy: 'web-crash',
    },
  });
});

test('knows KEDA’s autoscalers by their label or owner, whoever declared those', () => {
  const scaledObject = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    name: 'web',
    uid: 'so',
    controller: true,
  };
  const labels = { 'scaledobject.keda.sh/name': 'web', 'argocd.argoproj.io/instance': 'shop' };
  expect(autoscaler({ labels }).autoscaler.managedBy).toBe('keda');
  expect(autoscaler({ ownerReferences: [scaledObject] }).autoscaler.managedBy).toBe('keda');
  expect(autoscaler({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }).autoscaler.managedBy).toBe('helm');
});

test('reads a disruption budget; one without a selector selects nothing', () => {
  const metadata = { namespace: 'shop', name: 'web' };
  const matchLabels = { app: 'web' };
  const budget = { metadata, spec: { selector: { matchLabels } }, status: { disruptionsAllowed: 2 } } as KubeObject;
  expect(projectDisruptionBudget(budget)).toEqual({
    namespace: 'shop',
    budget: { name: 'web', selector: { matchLabels }, disruptionsAllowed: 2 },
  });
  expect(projectDisruptionBudget({ metadata })).toBeUndefined();
});

const warning = {
  type: 'Warning',
  reason: 'FailedMount',
  message: 'x'.repeat(400),
  involvedObject: { kind: 'Pod', uid: 'pod-1' },
  firstTimestamp: since,
  lastTimestamp: '2026-01-01T11:30:00Z',
  count: 3,
};
const event = (more: object) => projectEvent({ ...warning, ...more } as KubeObject, now);

test('reads a warning in its old and in its new form', () => {
  const seen = { reason: 'FailedMount', message: 'x'.repeat(300), count: 3, firstAt: now - 3_600_000 };
  expect(event({})).toEqual({ subjectUid: 'pod-1', event: { ...seen, lastAt: now - 1_800_000 } });
  const series = { count: 9, lastObservedTime: '2026-01-01T11:59:00Z' };
  expect(event({ firstTimestamp: null, lastTimestamp: null, eventTime: since, series })).toEqual({
    subjectUid: 'pod-1',
    event: { ...seen, count: 9, lastAt: now - 60_000 },
  });
});

const ignored: readonly [name: string, more: object][] = [
  ['what is normal', { type: 'Normal' }],
  ['what this system says itself', { reportingComponent: 'infra-autopilot' }],
  ['what is about another kind', { involvedObject: { kind: 'Node', uid: 'node-a' } }],
  ['what is about nothing certain', { involvedObject: { kind: 'Pod' } }],
];

test.each(ignored)('leaves out %s', (_name, more) => {
  expect(event(more)).toBeUndefined();
});

test('keeps of an incident’s annotations only this system’s own', () => {
  const { metadata, ...rest } = incident();
  const annotations = { [approvedAnnotation]: 'id', 'kubectl.kubernetes.io/last-applied-configuration': '{…}' };
  expect(projectIncident({ metadata: { ...metadata, annotations }, ...rest }).metadata.annotations).toEqual({
    [approvedAnnotation]: 'id',
  });
  expect(projectIncident({ metadata, ...rest } as KubeObject)).toEqual(incident());
});

const hangs: readonly [text: string | undefined, seconds: number | undefined][] = [
  ['5', 5],
  ['0.2', 0.2],
  ['3600', 3600],
  ['0.1', undefined],
  ['3601', undefined],
  ['-5', undefined],
  ['5s', undefined],
  ['', undefined],
  ['NaN', undefined],
  [undefined, undefined],
];

test.each(hangs)('takes hang-seconds %j for %j', (text, seconds) => {
  expect(hangSecondsOf(text === undefined ? {} : { 'infra-autopilot.io/hang-seconds': text })).toBe(seconds);
});

test('reads a namespace’s mode, defaults and labels', () => {
  const labels = { 'infra-autopilot.io/autopilot': 'enabled', team: 'front' };
  const annotations = {
    'infra-autopilot.io/local-data': 'disposable',
    'infra-autopilot.io/hang-seconds': '2',
    'infra-autopilot.io/breaker-reset': 'not a time',
  };
  expect(projectNamespace({ metadata: { name: 'shop', labels, annotations } }, new Set())).toEqual({
    name: 'shop',
    mode: 'enabled',
    paused: false,
    localDataDisposable: true,
    hangSeconds: 2,
    labels,
  });
  expect(projectNamespace({ metadata: { name: 'shop', labels } }, new Set(['shop'])).mode).toBe('disabled');
});
