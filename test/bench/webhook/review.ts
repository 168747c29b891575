import { makePod, makeReview } from '#test/support/admission.ts';

/** Bytes of a usual review of a pod with a sidecar and the fields that an API server fills in. */
const usualBytes = 7_000;

/** A review of that size whose pod is injected. */
export function largeReview(): object {
  const container = (name: string): object => ({
    name,
    image: `registry.example/team/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 12 }, (_, index) => ({ name: `SETTING_${index}`, value: `value ${index} of ${name}` })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    livenessProbe: { httpGet: { path: '/live', port: 'http', scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1 },
    readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 5, timeoutSeconds: 1 },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    volumeMounts: [{ name: 'api', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
  });
  const spec = {
    containers: [container('cart'), container('log')],
    initContainers: [container('migrate')],
    volumes: [{ name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
    tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
  };
  const review = (filler: string): object =>
    makeReview(makePod(spec, { labels: { app: 'cart' }, annotations: { team: 'checkout', filler } }));
  return review('x'.repeat(Math.max(0, usualBytes - JSON.stringify(review('')).length)));
}
