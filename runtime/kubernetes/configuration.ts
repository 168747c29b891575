import { KubeConfig } from '@kubernetes/client-node';
import { AutopilotError } from '../errors.ts';

/**
 * The pod's own ServiceAccount, or the kubeconfig file that is named. Never a user's default context: a process
 * started by hand must not act on whatever cluster that happens to be.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when the configuration can't be read.
 */
export function loadKubeConfig(kubeconfigFile: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfigFile === undefined) config.loadFromCluster();
    else config.loadFromFile(kubeconfigFile);
  } catch (cause) {
    throw new AutopilotError('AP_KUBERNETES_REQUEST', 'the Kubernetes configuration could not be read', { cause });
  }
  return config;
}
