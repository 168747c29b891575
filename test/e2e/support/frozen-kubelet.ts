import { clusterProcess } from './cluster-process.ts';

/** Does something while the node's kubelet stands still: containers run on, and nobody restarts or reports them. */
export async function whileKubeletIsFrozen<Result>(work: () => Promise<Result>): Promise<Result> {
  const kubelet = await clusterProcess('kubelet');
  process.kill(kubelet, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(kubelet, 'SIGCONT');
  }
}
