import { autopilotLabel, localDataAnnotation, localDataDisposable, type NamespaceMode } from '#contract/annotations.ts';

/** Tells a namespace of the demonstration from one that somebody else made under the same name. */
export const demoLabel = { 'app.kubernetes.io/part-of': 'infra-autopilot-demo' } as const;

const appPort = 8080;
export const servicePort = 80;
export const faultPort = appPort;

export function demoNamespace(name: string, mode: NamespaceMode): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...demoLabel, [autopilotLabel]: mode } },
  };
}

/** One replica of the faulty app, whose files outlive a restart of its container and not its pod. */
export function demoDeployment(name: string, image: string) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { [localDataAnnotation]: localDataDisposable } },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 5,
          securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'app',
              image,
              imagePullPolicy: 'IfNotPresent',
              ports: [{ name: 'http', containerPort: appPort }],
              readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 },
              livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 5, initialDelaySeconds: 5 },
              resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'state', mountPath: '/var/lib/app' }],
            },
          ],
          volumes: [{ name: 'state', emptyDir: {} }],
        },
      },
    },
  };
}

export function demoService(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: servicePort, targetPort: 'http' }] },
  };
}
