import type { Progress } from './progress.ts';
import type { Settings } from './settings.ts';

/** A local Kubernetes cluster that this project made and may do anything with. */
export interface Cluster {
  readonly name: string;
  readonly provider: 'embedded' | 'kind';
  /** Lies in the cluster's state folder; no other kubeconfig or context is ever read or written. */
  readonly kubeconfigPath: string;
}

/** An image as a docker-archive file. */
export interface ImageArchive {
  readonly reference: string;
  readonly archivePath: string;
}

/** Where local clusters come from. Every call is idempotent and knows the cluster by its name alone. */
export interface ClusterProvider {
  readonly name: Cluster['provider'];
  /** Starts the cluster, or returns the running one after clearing away what a killed start left. */
  up(settings: Settings, progress: Progress): Promise<Cluster>;
  /** Removes the cluster and all that belongs to it. Succeeds when there is none. */
  down(settings: Settings, progress: Progress): Promise<void>;
  /** Makes images known to the cluster without a registry; those that it has are left out. */
  loadImages(cluster: Cluster, images: readonly ImageArchive[], progress: Progress, settings: Settings): Promise<void>;
}
