import type { V1Container, V1Deployment, V1PodTemplateSpec } from '@kubernetes/client-node';
import { localDataAnnotation, localDataDisposable } from '#contract/annotations.ts';

export const appPort = 8080;

export interface AppOptions {
  readonly image: string;
  /** Says that what is in its emptyDir may be lost. */
  readonly disposable?: boolean;
  readonly container?: Partial<V1Container>;
}

/** A pod of the faulty app that even a restricted namespace admits, with quick probes and a quick stop. */
export function appPod(name: string, { image, disposable = false, container = {} }: AppOptions) {
  return {
    metadata: {
      labels: { app: name },
      annotations: disposable ? { [localDataAnnotation]: localDataDisposable } : {},
    },
    spec: {
      terminationGracePeriodSeconds: 2,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'app',
          image,
          imagePullPolicy: 'IfNotPresent',
          ports: [{ name: 'http', containerPort: appPort }],
          readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 },
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'state', mountPath: '/var/lib/app' }],
          ...container,
        },
      ],
      volumes: [{ name: 'state', emptyDir: {} }],
    },
  } satisfies V1PodTemplateSpec;
}

export function appDeployment(name: string, options: AppOptions): V1Deployment {
  return {
    metadata: { name, labels: { app: name } },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: appPod(name, options) },
  };
}
