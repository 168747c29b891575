import type { V1Container, V1Deployment, V1PodTemplateSpec, V1StatefulSet, V1Volume } from '@kubernetes/client-node';
import { localDataAnnotation, localDataDisposable } from '#contract/annotations.ts';

export const appPort = 8080;

export interface AppOptions {
  readonly image: string;
  /** Says that what is in its emptyDir may be lost. */
  readonly disposable?: boolean;
  readonly replicas?: number;
  readonly graceSeconds?: number;
  /** Of the pods, besides their own. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of the workload itself. */
  readonly ownerLabels?: Readonly<Record<string, string>>;
  readonly ownerAnnotations?: Readonly<Record<string, string>>;
  readonly container?: Partial<V1Container>;
  readonly initContainers?: readonly V1Container[];
  /** What its state lies on; an emptyDir by default. */
  readonly volume?: Partial<V1Volume>;
}

/** A pod of the faulty app that even a restricted namespace admits, with quick probes and a quick stop. */
export function appPod(name: string, options: AppOptions) {
  const { image, disposable = false, container = {}, initContainers = [], volume = { emptyDir: {} } } = options;
  return {
    metadata: {
      labels: { app: name, ...options.labels },
      annotations: { ...(disposable ? { [localDataAnnotation]: localDataDisposable } : {}), ...options.annotations },
    },
    spec: {
      terminationGracePeriodSeconds: options.graceSeconds ?? 2,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      initContainers: [...initContainers],
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
      volumes: [{ name: 'state', ...volume }],
    },
  } satisfies V1PodTemplateSpec;
}

export function appDeployment(name: string, options: AppOptions): V1Deployment {
  const { replicas = 1 } = options;
  return {
    metadata: ownerMetadata(name, options),
    spec: { replicas, selector: { matchLabels: { app: name } }, template: appPod(name, options) },
  };
}

/** Its pods start one after the other, and keep what they wrote only for as long as they live. */
export function appStatefulSet(name: string, options: AppOptions): V1StatefulSet {
  const { replicas = 1 } = options;
  return {
    metadata: ownerMetadata(name, options),
    spec: { replicas, serviceName: name, selector: { matchLabels: { app: name } }, template: appPod(name, options) },
  };
}

function ownerMetadata(name: string, { ownerLabels = {}, ownerAnnotations = {} }: AppOptions) {
  return { name, labels: { app: name, ...ownerLabels }, annotations: { ...ownerAnnotations } };
}
