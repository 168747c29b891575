import { setTimeout as delay } from 'node:timers/promises';
import { clusterProcess } from './cluster-process.ts';

/** Freezes the API server for a time, as a broken network would: connections stay open and nothing answers. */
export async function freezeApiServer(seconds: number): Promise<void> {
  const apiServer = await clusterProcess('kube-apiserver');
  process.kill(apiServer, 'SIGSTOP');
  try {
    // The outage itself is what is under test: there is no condition to wait for while nothing answers.
    await delay(seconds * 1000);
  } finally {
    process.kill(apiServer, 'SIGCONT');
  }
}
