import { run } from '#infra/run.ts';
import type { Cluster } from './cluster.ts';

/** Runs the real kubectl in a namespace and returns what it printed. */
export function runKubectl({ settings }: Cluster, namespace: string, args: readonly string[]): Promise<string> {
  const target = ['--kubeconfig', settings.kubeconfigPath, '--namespace', namespace];
  return run(settings.kubectl, [...target, ...args], { timeoutSeconds: 60 });
}
