import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterProcesses } from '#infra/local/cgroups.ts';
import { readSettings } from '#infra/settings.ts';

/** Freezes the API server for a time, as a broken network would: connections stay open and nothing answers. */
export async function freezeApiServer(seconds: number): Promise<void> {
  const apiServer = await findApiServer();
  process.kill(apiServer, 'SIGSTOP');
  try {
    // The outage itself is what is under test: there is no condition to wait for while nothing answers.
    await delay(seconds * 1000);
  } finally {
    process.kill(apiServer, 'SIGCONT');
  }
}

async function findApiServer(): Promise<number> {
  for (const pid of await clusterProcesses(readSettings('test').clusterName)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/^\S*\/kube-apiserver\0/.test(command)) return pid;
  }
  throw new Error('the API server of the test cluster was not found');
}
