import { featureGates } from '../local/components.ts';
import type { Cluster } from '../provider.ts';

/** Arguments of each call of kind. Pure, so that they are tested where no Docker daemon is. */
export interface KindCommands {
  /** Carries the project's name: a person's own cluster of the same short name is never touched. */
  readonly kindName: string;
  readonly list: readonly string[];
  readonly create: (configurationFile: string) => readonly string[];
  readonly exportKubeconfig: readonly string[];
  readonly load: (archivePath: string) => readonly string[];
  readonly delete: readonly string[];
}

export function kindCommands(cluster: Cluster): KindCommands {
  const kindName = `infra-autopilot-${cluster.name}`;
  const named = ['--name', kindName];
  const kubeconfig = ['--kubeconfig', cluster.kubeconfigPath];
  return {
    kindName,
    list: ['get', 'clusters', '--quiet'],
    create: (file) => ['create', 'cluster', ...named, ...kubeconfig, '--config', file, '--wait', '180s'],
    exportKubeconfig: ['export', 'kubeconfig', ...named, ...kubeconfig],
    load: (archivePath) => ['load', 'image-archive', ...named, archivePath],
    delete: ['delete', 'cluster', ...named, ...kubeconfig],
  };
}

/** What a new cluster is made of: kind's defaults, and the feature gates where they are asked for. Pure. */
export function kindConfiguration(restartAllContainers: boolean): object {
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    featureGates: featureGates(restartAllContainers),
  };
}
