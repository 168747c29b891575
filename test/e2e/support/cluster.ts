import {
  AppsV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  EventsV1Api,
  PolicyV1Api,
} from '@kubernetes/client-node';
import { loadKubeConfig } from '#runtime/kubernetes/configuration.ts';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { referenceOf } from '#infra/images/build.ts';
import type { ImageName } from '#infra/images/catalogue.ts';
import type { EndToEndSettings } from './settings.ts';

/** The cluster under test, as seen from outside. */
export interface Cluster {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly batch: BatchV1Api;
  readonly events: EventsV1Api;
  readonly custom: CustomObjectsApi;
  readonly policy: PolicyV1Api;
  /** For what the typed API doesn't do well: the proxy of pods and Services, and watches. */
  readonly kube: KubeTransport;
  readonly settings: EndToEndSettings;
  image(name: ImageName): string;
}

export async function connect(settings: EndToEndSettings): Promise<Cluster> {
  const config = loadKubeConfig(settings.kubeconfigPath);
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    autoscaling: config.makeApiClient(AutoscalingV2Api),
    batch: config.makeApiClient(BatchV1Api),
    events: config.makeApiClient(EventsV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    policy: config.makeApiClient(PolicyV1Api),
    kube: await makeKubeTransport(config),
    settings,
    image: (name) => referenceOf(settings.images as Parameters<typeof referenceOf>[0], name),
  };
}
